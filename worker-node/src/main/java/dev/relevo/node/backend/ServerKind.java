package dev.relevo.node.backend;

import dev.relevo.node.backend.WorkerInfo.Continuation;
import java.util.Locale;
import okhttp3.HttpUrl;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Which of the compatible servers it is, as far as they must be treated differently. */
enum ServerKind {
  VLLM(Continuation.MARKED_MESSAGE, false) {
    @Override
    void continueAnswer(ObjectNode call, ObjectNode message) {
      call.put("continue_final_message", true);
      call.put("add_generation_prompt", false);
    }
  },
  LLAMA_CPP(Continuation.LAST_MESSAGE, true) {
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
  GROQ(Continuation.LAST_MESSAGE, true) {
    @Override
    void adapt(ObjectNode call) {
      // Only models that think by this word know the format; others refuse it.
      if ("default".equals(Json.text(call, "reasoning_effort"))
          && !call.has("reasoning_format")
          && !call.has("include_reasoning")) {
        call.put("reasoning_format", "parsed");
      }
      renameInMessages(call, "reasoning_content", "reasoning");
    }
  },
  MISTRAL(Continuation.MARKED_MESSAGE, true) {
    @Override
    void adapt(ObjectNode call) {
      // It tells usage unasked and refuses fields that it does not know.
      call.remove("stream_options");
      rename(call, "seed", "random_seed");
      rename(call, "max_completion_tokens", "max_tokens");
    }

    @Override
    void continueAnswer(ObjectNode call, ObjectNode message) {
      message.put("prefix", true);
    }
  },
  DEEPSEEK(Continuation.MARKED_MESSAGE, true) {
    @Override
    void adapt(ObjectNode call) {
      rename(call, "max_completion_tokens", "max_tokens");
      replaceRole(call, "developer", "system");
    }

    @Override
    void continueAnswer(ObjectNode call, ObjectNode message) {
      message.put("prefix", true);
    }
  },
  OPENAI(Continuation.NONE, true) {
    @Override
    void adapt(ObjectNode call) {
      // Random text beside each piece would hide how long it is, on a way that is encrypted anyway.
      if (call.path("stream_options") instanceof ObjectNode options
          && !options.has("include_obfuscation")) {
        options.put("include_obfuscation", false);
      }
    }
  },
  OTHER(Continuation.NONE, true);

  /** What only Mistral's list says of a model: whether it chats. */
  static final String MISTRALS_CHAT = "completion_chat";

  private final Continuation continuation;
  private final boolean mayEcho;

  ServerKind(Continuation continuation, boolean mayEcho) {
    this.continuation = continuation;
    this.mayEcho = mayEcho;
  }

  /** How it is known to continue an answer that was begun elsewhere. */
  Continuation continuation() {
    return continuation;
  }

  /** Whether it may repeat the beginning before it goes on. */
  boolean mayEcho() {
    return mayEcho;
  }

  /** Says a request in its own words, where they differ. */
  void adapt(ObjectNode call) {
    // Most understand OpenAI's.
  }

  /** Asks for the last message, an assistant's, to be continued. */
  void continueAnswer(ObjectNode call, ObjectNode message) {
    // The message at the end is all there is to say.
  }

  /** What the address tells. */
  static ServerKind of(HttpUrl address) {
    if (isOf("mistral.ai", address)) {
      return MISTRAL;
    }
    if (isOf("deepseek.com", address)) {
      return DEEPSEEK;
    }
    if (isOf("groq.com", address)) {
      return GROQ;
    }
    return isOf("openai.com", address) ? OPENAI : OTHER;
  }

  /** What its list of models tells; an address may be that of a proxy before it. */
  ServerKind refined(JsonNode models) {
    for (JsonNode model : models.path("data").values()) {
      String owner = Json.text(model, "owned_by");
      if ("vllm".equals(owner)) {
        return VLLM;
      }
      if ("llamacpp".equals(owner)) {
        return LLAMA_CPP;
      }
      if (model.path("capabilities").has(MISTRALS_CHAT)) {
        return MISTRAL;
      }
    }
    return this;
  }

  private static boolean isOf(String domain, HttpUrl address) {
    String host = address.host().toLowerCase(Locale.ROOT);
    return host.equals(domain) || host.endsWith("." + domain);
  }

  private static void rename(ObjectNode object, String from, String to) {
    @Nullable JsonNode value = object.remove(from);
    if (value != null && !value.isNull()) {
      object.set(to, value);
    }
  }

  private static void renameInMessages(ObjectNode call, String from, String to) {
    ArrayNode messages = Json.newObject().arrayNode();
    for (JsonNode message : call.path("messages").values()) {
      if (message instanceof ObjectNode object && object.has(from)) {
        ObjectNode renamed = object.deepCopy();
        rename(renamed, from, to);
        messages.add(renamed);
      } else {
        messages.add(message);
      }
    }
    call.set("messages", messages);
  }

  private static void replaceRole(ObjectNode call, String from, String to) {
    ArrayNode messages = Json.newObject().arrayNode();
    for (JsonNode message : call.path("messages").values()) {
      boolean replaced = from.equals(Json.text(message, "role"));
      messages.add(
          replaced && message instanceof ObjectNode object
              ? object.deepCopy().put("role", to)
              : message);
    }
    call.set("messages", messages);
  }
}
