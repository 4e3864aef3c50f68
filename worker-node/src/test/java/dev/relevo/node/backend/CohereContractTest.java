package dev.relevo.node.backend;

import dev.relevo.common.protocol.FinishReason;

class CohereContractTest extends HttpWorkerContract {
  CohereContractTest() {
    super("cohere");
  }

  @Override
  String text(String text) {
    return content("{'text':%s}", text);
  }

  @Override
  String thought(String thought) {
    return content("{'thinking':%s}", thought);
  }

  @Override
  String call(String tool, String arguments) {
    return event(
        json(
            "{'type':'tool-call-start','index':0,'delta':{'message':{'tool_calls':{'id':'c1',"
                + "'type':'function','function':{'name':'%s','arguments':%s}}}}}",
            tool, quoted(arguments)));
  }

  @Override
  String end(FinishReason reason) {
    String word =
        switch (reason) {
          case STOP -> "COMPLETE";
          case LENGTH -> "MAX_TOKENS";
          case TOOL_CALLS -> "TOOL_CALL";
          default -> throw new IllegalArgumentException(reason.name());
        };
    return event(
        json(
            "{'type':'message-end','delta':{'finish_reason':'%s',"
                + "'usage':{'tokens':{'input_tokens':3,'output_tokens':5}}}}",
            word));
  }

  @Override
  String listing() {
    return "{'models':[{'name':'" + MODEL + "'}]}";
  }

  private static String content(String content, String text) {
    return event(
        json(
            "{'type':'content-delta','index':0,'delta':{'message':{'content':" + content + "}}}",
            quoted(text)));
  }
}
