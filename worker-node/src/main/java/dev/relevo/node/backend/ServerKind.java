package dev.relevo.node.backend;

import java.util.Locale;
import okhttp3.HttpUrl;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Which of the compatible servers it is, as far as they must be treated differently. */
enum ServerKind {
  VLLM(true, false) {
    @Override
    void continueAnswer(ObjectNode call, ObjectNode message) {
      call.put("continue_final_message", true);
      call.put("add_generation_prompt", false);
    }
  },
  LLAMA_CPP(true, true) {
    @Override
    void continueAnswer(ObjectNode call, ObjectNode message) {
      // It refuses a begun answer together with thinking.
      ObjectNode settings =
          call.path("chat_template_kwargs") instanceof ObjectNode given
              ? given.deepCopy()
              : Json.newObject();
      call.set("chat_template_kwargs", settings.put("enable_thinking", false));
    }
  },
  MISTRAL(false, true) {
    @Override
    void continueAnswer(ObjectNode call, ObjectNode message) {
      message.put("prefix", true);
    }
  },
  DEEPSEEK(false, true) {
    @Override
    void continueAnswer(ObjectNode call, ObjectNode message) {
      message.put("prefix", true);
    }
  },
  OTHER(false, true) {
    @Override
    void continueAnswer(ObjectNode call, ObjectNode message) {
      // The message at the end is all there is to say.
    }
  };

  private final boolean continuesPrefix;
  private final boolean mayEcho;

  ServerKind(boolean continuesPrefix, boolean mayEcho) {
    this.continuesPrefix = continuesPrefix;
    this.mayEcho = mayEcho;
  }

  /** Whether it is known to continue an answer that was begun elsewhere. */
  boolean continuesPrefix() {
    return continuesPrefix;
  }

  /** Whether it may repeat the beginning before it goes on. */
  boolean mayEcho() {
    return mayEcho;
  }

  /** Asks for the last message, an assistant's, to be continued. */
  abstract void continueAnswer(ObjectNode call, ObjectNode message);

  /** What the address tells. */
  static ServerKind of(HttpUrl address) {
    String host = address.host().toLowerCase(Locale.ROOT);
    if (host.equals("mistral.ai") || host.endsWith(".mistral.ai")) {
      return MISTRAL;
    }
    return host.equals("deepseek.com") || host.endsWith(".deepseek.com") ? DEEPSEEK : OTHER;
  }

  /** What its list of models tells. */
  ServerKind refined(JsonNode models) {
    for (JsonNode model : models.path("data").values()) {
      String owner = Json.text(model, "owned_by");
      if ("vllm".equals(owner)) {
        return VLLM;
      }
      if ("llamacpp".equals(owner)) {
        return LLAMA_CPP;
      }
    }
    return this;
  }
}
