package dev.relevo.node.backend;

import dev.relevo.common.protocol.FinishReason;

class AnthropicContractTest extends HttpWorkerContract {
  AnthropicContractTest() {
    super("anthropic");
  }

  @Override
  String text(String text) {
    return event(
        json(
            "{'type':'content_block_delta','index':0,'delta':{'type':'text_delta','text':%s}}",
            quoted(text)));
  }

  @Override
  String thought(String thought) {
    return event(
        json(
            "{'type':'content_block_delta','index':0,"
                + "'delta':{'type':'thinking_delta','thinking':%s}}",
            quoted(thought)));
  }

  @Override
  String call(String tool, String arguments) {
    return event(
            json(
                "{'type':'content_block_start','index':1,'content_block':"
                    + "{'type':'tool_use','id':'t1','name':'%s','input':{}}}",
                tool))
        + event(
            json(
                "{'type':'content_block_delta','index':1,'delta':"
                    + "{'type':'input_json_delta','partial_json':%s}}",
                quoted(arguments)))
        + event(json("{'type':'content_block_stop','index':1}"));
  }

  @Override
  String end(FinishReason reason) {
    String word =
        switch (reason) {
          case STOP -> "end_turn";
          case LENGTH -> "max_tokens";
          case TOOL_CALLS -> "tool_use";
          default -> throw new IllegalArgumentException(reason.name());
        };
    return event(
            json(
                "{'type':'message_delta','delta':{'stop_reason':'%s'},"
                    + "'usage':{'input_tokens':3,'output_tokens':5}}",
                word))
        + event(json("{'type':'message_stop'}"));
  }

  @Override
  String listing() {
    return "{'data':[{'id':'" + MODEL + "'}],'has_more':false}";
  }
}
