package dev.relevo.node.backend;

import dev.relevo.common.protocol.FinishReason;

class GroqContractTest extends HttpWorkerContract {
  GroqContractTest() {
    super("groq");
  }

  @Override
  String text(String text) {
    return choice("{'content':%s}", quoted(text), "null");
  }

  @Override
  String thought(String thought) {
    return choice("{'reasoning':%s}", quoted(thought), "null");
  }

  @Override
  String call(String tool, String arguments) {
    String begin =
        "{'tool_calls':[{'index':0,'id':'c1','type':'function','function':{'name':'" + tool + "',";
    return choice(begin + "'arguments':%s}}]}", quoted(arguments), "null");
  }

  @Override
  String end(FinishReason reason) {
    String word =
        switch (reason) {
          case STOP -> "'stop'";
          case LENGTH -> "'length'";
          case TOOL_CALLS -> "'tool_calls'";
          default -> throw new IllegalArgumentException(reason.name());
        };
    return choice("{}%s", "", word)
        + event(json("{'choices':[],'usage':{'prompt_tokens':3,'completion_tokens':5}}"))
        + event("[DONE]");
  }

  @Override
  String listing() {
    return "{'object':'list','data':[{'id':'" + MODEL + "','owned_by':'groq'}]}";
  }

  private static String choice(String delta, String value, String reason) {
    return event(
        json("{'model':'m','choices':[{'index':0,'delta':" + delta + ",", value)
            + json("'finish_reason':" + reason + "}]}"));
  }
}
