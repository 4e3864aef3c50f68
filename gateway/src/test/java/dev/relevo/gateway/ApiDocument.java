package dev.relevo.gateway;

import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import dev.relevo.gateway.http.Right;
import dev.relevo.gateway.http.Route;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** A description of the API, as it was given out, and what it promises. */
final class ApiDocument {
  private static final Set<String> METHODS = Set.of("get", "post", "delete", "put", "patch");

  private final JsonNode document;
  private final JsonNode components;

  ApiDocument(String json) {
    this.document = JsonMapper.shared().readTree(json);
    // A field that nobody describes is as wrong as one that is missing.
    this.components = close(document.path("components").deepCopy());
  }

  /** What is wrong with it by the rules of OpenAPI 3.1. */
  List<String> problems() throws IOException {
    try (InputStream in =
        ApiDocument.class.getResourceAsStream("/openapi/openapi-3.1.schema.yaml")) {
      Object rules = new Load(LoadSettings.builder().build()).loadFromInputStream(in);
      return problems(JsonMapper.shared().valueToTree(rules), document);
    }
  }

  private static List<String> problems(JsonNode schema, JsonNode value) {
    Schema compiled =
        SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12).getSchema(schema);
    return compiled.validate(value).stream().map(Object::toString).toList();
  }

  /** All that is described: method, path and who may ask. */
  Set<String> operations() {
    Set<String> all = new TreeSet<>();
    document
        .path("paths")
        .properties()
        .forEach(path ->
            path.getValue()
                .properties()
                .forEach(operation -> {
                  if (METHODS.contains(operation.getKey())) {
                    all.add(
                        "%s %s, asked with %s"
                            .formatted(
                                operation.getKey().toUpperCase(Locale.ROOT),
                                path.getKey(),
                                rights(operation.getValue())));
                  }
                }));
    return all;
  }

  private Set<String> rights(JsonNode operation) {
    JsonNode security =
        operation.has("security") ? operation.path("security") : document.path("security");
    Set<String> rights = new TreeSet<>();
    for (JsonNode one : security) {
      one.path("key").forEach(right -> rights.add(right.stringValue()));
    }
    return rights;
  }

  /** The same of a route. */
  static String operation(Route route) {
    Set<String> rights = new TreeSet<>();
    switch (route.right()) {
      case NOTHING -> {}
      case CHAT -> rights.add("chat");
      case OPERATE -> rights.add("operate");
      case EITHER -> rights.addAll(List.of("chat", "operate"));
    }
    return "%s %s, asked with %s".formatted(route.method().text(), path(route), rights);
  }

  private static String path(Route route) {
    return route.path().replace("{+", "{");
  }

  /** Answers that a route has to promise, and does not. */
  List<String> unpromised(Route route) {
    Set<String> needed = new TreeSet<>();
    if (route.right() != Right.NOTHING) {
      needed.addAll(List.of("401", "429", "503"));
    }
    if (route.right() == Right.CHAT || route.right() == Right.OPERATE) {
      needed.add("403");
    }
    if (route.path().contains("{")) {
      needed.add("404");
    }
    JsonNode operation = operation(route.method().text(), path(route));
    if (operation.has("requestBody")) {
      needed.addAll(List.of("400", "413"));
    }
    operation.path("responses").propertyNames().forEach(needed::remove);
    return needed.stream().map(status -> operation(route) + ": " + status).toList();
  }

  /** The parameters of an operation that are headers, each with its schema. */
  Map<String, JsonNode> headers(String method, String path) {
    Map<String, JsonNode> headers = new TreeMap<>();
    for (JsonNode one : operation(method, path).path("parameters")) {
      JsonNode parameter = resolved(one);
      if (parameter.path("in").asString("").equals("header")) {
        headers.put(parameter.path("name").asString(""), parameter.path("schema"));
      }
    }
    return headers;
  }

  private JsonNode operation(String method, String path) {
    return document.path("paths").path(path).path(method.toLowerCase(Locale.ROOT));
  }

  /** What an answer has that is not described, and the other way round. */
  List<String> problems(String method, String path, HttpResponse<String> answer) {
    String status = Integer.toString(answer.statusCode());
    JsonNode response = resolved(operation(method, path).path("responses").path(status));
    String where = "%s %s: %s".formatted(method, path, status);
    if (response.isMissingNode()) {
      return List.of(where + " is not described: " + answer.body());
    }
    String type = answer.headers().firstValue("content-type").orElse("").split(";", 2)[0];
    JsonNode content = response.path("content");
    if (type.isEmpty() && content.isMissingNode()) {
      return List.of();
    }
    if (!content.has(type)) {
      return List.of(where + " has no content " + type);
    }
    return type.endsWith("json")
        ? described(where, content.path(type).path("schema"), answer.body())
        : List.of();
  }

  /** What is wrong with a text that has to be of a schema among the components. */
  List<String> problems(String schema, String json) {
    ObjectNode reference = JsonMapper.shared().createObjectNode();
    reference.put("$ref", "#/components/schemas/" + schema);
    return described(schema, reference, json);
  }

  private List<String> described(String where, JsonNode schema, String body) {
    ObjectNode whole = (ObjectNode) schema.deepCopy();
    whole.set("components", components);
    return problems(whole, JsonMapper.shared().readTree(body)).stream()
        .map(problem -> where + ": " + problem + " in " + body)
        .toList();
  }

  private JsonNode resolved(JsonNode node) {
    return node.has("$ref") ? document.at(node.path("$ref").stringValue().substring(1)) : node;
  }

  private static JsonNode close(JsonNode node) {
    if (node instanceof ObjectNode object) {
      if (object.path("properties").isObject() && !object.has("additionalProperties")) {
        object.put("additionalProperties", false);
      }
      new ArrayList<>(object.properties()).forEach(field -> close(field.getValue()));
    } else if (node instanceof ArrayNode array) {
      array.forEach(ApiDocument::close);
    }
    return node;
  }
}
