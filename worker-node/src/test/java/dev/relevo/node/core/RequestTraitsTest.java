package dev.relevo.node.core;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

class RequestTraitsTest {
  private static final JsonMapper JSON = JsonMapper.shared();

  @Test
  void seesWhatCannotBeContinued() {
    assertThat(traits("{}").plainText()).isTrue();
    assertThat(traits("{'n':1,'tools':[],'response_format':{'type':'text'}}").plainText()).isTrue();
    assertThat(traits("{'n':2}").plainText()).isFalse();
    assertThat(traits("{'tools':[{'type':'function'}]}").plainText()).isFalse();
    assertThat(traits("{'functions':[{'name':'f'}]}").plainText()).isFalse();
    assertThat(traits("{'response_format':{'type':'json_object'}}").plainText()).isFalse();
  }

  @Test
  void lowersTheTokenBudgetOfAContinuationInACopy() {
    ObjectNode body = body("{'max_tokens':100,'max_completion_tokens':90}");

    ObjectNode continued = RequestTraits.of(body).continued(body, "x".repeat(40));

    assertThat(continued.get("max_tokens").asInt()).isEqualTo(80);
    assertThat(continued.get("max_completion_tokens").asInt()).isEqualTo(80);
    assertThat(body.get("max_tokens").asInt()).isEqualTo(100);
  }

  @Test
  void leavesAtLeastOneTokenAndUnlimitedBodiesAlone() {
    ObjectNode small = body("{'max_tokens':5}");
    assertThat(RequestTraits.of(small).continued(small, "x".repeat(400)).get("max_tokens").asInt())
        .isEqualTo(1);
    ObjectNode free = body("{}");
    assertThat(RequestTraits.of(free).continued(free, "xxxx")).isSameAs(free);
  }

  private static RequestTraits traits(String json) {
    return RequestTraits.of(body(json));
  }

  private static ObjectNode body(String json) {
    return (ObjectNode) JSON.readTree(json.replace('\'', '"'));
  }
}
