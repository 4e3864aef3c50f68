package dev.relevo.node.backend;

import dev.relevo.common.protocol.FinishReason;

class GeminiContractTest extends HttpWorkerContract {
  GeminiContractTest() {
    super("gemini");
  }

  @Override
  String text(String text) {
    return parts("{'text':%s}", quoted(text));
  }

  @Override
  String thought(String thought) {
    return parts("{'text':%s,'thought':true}", quoted(thought));
  }

  @Override
  String call(String tool, String arguments) {
    return parts("{'functionCall':{'name':'" + tool + "','args':%s}}", arguments);
  }

  @Override
  String end(FinishReason reason) {
    return event(
        json(
            "{'candidates':[{'finishReason':'%s'}],"
                + "'usageMetadata':{'promptTokenCount':3,'candidatesTokenCount':5}}",
            reason == FinishReason.LENGTH ? "MAX_TOKENS" : "STOP"));
  }

  @Override
  String listing() {
    return "{'models':[{'name':'models/" + MODEL + "'}]}";
  }

  private static String parts(String part, String value) {
    return event(json("{'candidates':[{'content':{'parts':[" + part + "]}}]}", value));
  }
}
