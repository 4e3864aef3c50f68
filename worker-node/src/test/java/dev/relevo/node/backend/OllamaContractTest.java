package dev.relevo.node.backend;

import dev.relevo.common.protocol.FinishReason;
import mockwebserver3.RecordedRequest;

class OllamaContractTest extends HttpWorkerContract {
  OllamaContractTest() {
    super("ollama");
  }

  @Override
  String text(String text) {
    return line("'message':{'content':%s}", quoted(text));
  }

  @Override
  String thought(String thought) {
    return line("'message':{'thinking':%s}", quoted(thought));
  }

  @Override
  String call(String tool, String arguments) {
    String begin = "'message':{'tool_calls':[{'function':{'name':'" + tool + "',";
    return line(begin + "'arguments':%s}}]}", arguments);
  }

  @Override
  String end(FinishReason reason) {
    String word = reason == FinishReason.LENGTH ? "length" : "stop";
    return json(
            "{'model':'m','done':true,'done_reason':'%s','prompt_eval_count':3,'eval_count':5}",
            word)
        + "\n";
  }

  @Override
  boolean isCompletion(RecordedRequest request) {
    return "/api/chat".equals(request.getTarget());
  }

  /** For the question after the version as well as for that after the models. */
  @Override
  String listing() {
    return "{'version':'0.9.0','models':[{'name':'" + MODEL + "'}]}";
  }

  private static String line(String message, String value) {
    return json("{'model':'m'," + message + ",'done':false}", value) + "\n";
  }
}
