package dev.relevo.node.kafka;

import static dev.relevo.node.kafka.FaultScenario.fault;
import static dev.relevo.node.kafka.FaultWire.DONE;
import static dev.relevo.node.kafka.FaultWire.EVENTS;
import static dev.relevo.node.kafka.FaultWire.PING;
import static dev.relevo.node.kafka.FaultWire.WHOLE;
import static dev.relevo.node.kafka.FaultWire.answer;
import static dev.relevo.node.kafka.FaultWire.answers;
import static dev.relevo.node.kafka.FaultWire.event;
import static dev.relevo.node.kafka.FaultWire.finish;
import static dev.relevo.node.kafka.FaultWire.gzip;
import static dev.relevo.node.kafka.FaultWire.half;
import static dev.relevo.node.kafka.FaultWire.ollama;
import static dev.relevo.node.kafka.FaultWire.ollamaEnd;
import static dev.relevo.node.kafka.FaultWire.refuses;
import static dev.relevo.node.kafka.FaultWire.refusesPrefixes;
import static dev.relevo.node.kafka.FaultWire.text;

import dev.relevo.node.kafka.FaultServer.Script;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;

/** All faults that the table in docs/faults.md tells of. */
final class FaultScenarios {
  private static final String LIMIT = "{'error':{'message':'slow down','type':'requests'}}";
  private static final String MANY =
      "{\"n\":2,\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}";
  private static final String DOWN = "{'error':{'message':'down for maintenance'}}";
  private static final String PAGE = "<html><body><h1>502 Bad Gateway</h1></body></html>";
  private static final String CHUNKED = "Transfer-Encoding: chunked";
  private static final long BACK_OFF_MS = 1_400;
  private static final long ASKED_MS = 3_400;
  private static final long TIMEOUT_MS = 1_500;

  private FaultScenarios() {}

  static List<FaultScenario> all() {
    List<FaultScenario> scenarios = new ArrayList<>();
    scenarios.addAll(limits());
    scenarios.addAll(statuses());
    scenarios.addAll(silences());
    scenarios.addAll(ends());
    scenarios.addAll(oddities());
    scenarios.addAll(ollamas());
    scenarios.addAll(longRuns());
    return List.copyOf(scenarios);
  }

  private static List<FaultScenario> limits() {
    return List.of(
        fault("none", "n01", answers()),
        waiting(limited("429 once, `Retry-After: 4`", "r01", "Retry-After: 4")),
        waiting(limited("429 once, `retry-after-ms: 4000`", "r02", "retry-after-ms: 4000")),
        waiting(
            fault(
                "429 once, `Retry-After` as a date 4 s ahead",
                "r03",
                wire -> refuses(429, LIMIT, dates()).play(wire),
                answers())),
        waiting(limited("429 once, no `Retry-After`", "r04", "X-Nothing: 0")),
        waiting(limited("429 once, `Retry-After: soon`", "r05", "Retry-After: soon")),
        waiting(limited("429 once, `Retry-After: 4`, no B", "r06", "Retry-After: 4")).alone(),
        waiting(limited("429 once, `Retry-After: 3600`, no B", "r07", "Retry-After: 3600")).alone(),
        waiting(fault("429 for ever", "r08", refuses(429, LIMIT, "Retry-After: 4"))),
        waiting(fault("429 for ever, no B", "r09", refuses(429, LIMIT))).alone(),
        fault(
                "429 once, `Retry-After: 1`, no B",
                "r11",
                refuses(429, LIMIT, "Retry-After: 1"),
                answers())
            .alone()
            .with("retry.initial-backoff", "100ms")
            .waits(900, "after the time asked for"),
        fault(
                "429 for ever, `Retry-After: 60`, five jobs one after another",
                "r12",
                refuses(429, LIMIT, "Retry-After: 60"))
            .times(5),
        waiting(
            fault(
                "429: the money is spent",
                "r10",
                refuses(429, "{'error':{'code':'insufficient_quota','message':'pay'}}"))));
  }

  private static FaultScenario limited(String name, String key, String header) {
    return fault(name, key, refuses(429, LIMIT, header), answers());
  }

  private static FaultScenario waiting(FaultScenario scenario) {
    return scenario
        .waits(BACK_OFF_MS, "after the back-off")
        .waits(ASKED_MS, "after the time asked for");
  }

  private static FaultScenario backingOff(FaultScenario scenario) {
    return scenario.waits(BACK_OFF_MS, "after the back-off");
  }

  private static String[] dates() {
    ZonedDateTime now = ZonedDateTime.now(Clock.systemUTC()).withZoneSameInstant(ZoneOffset.UTC);
    DateTimeFormatter format = DateTimeFormatter.RFC_1123_DATE_TIME;
    return new String[] {
      "Date: " + format.format(now), "Retry-After: " + format.format(now.plusSeconds(4))
    };
  }

  private static List<FaultScenario> statuses() {
    return List.of(
        backingOff(fault("500 once", "s01", refuses(500, DOWN), answers())),
        backingOff(fault("500 once, no B", "s02", refuses(500, DOWN), answers()).alone()),
        backingOff(fault("503 for ever", "s03", refuses(503, DOWN))),
        backingOff(
            fault("503 for ever, both", "s04", refuses(503, DOWN)).other(refuses(503, DOWN))),
        backingOff(fault("reset before headers", "s05", FaultServer.Wire::reset)),
        backingOff(fault("closed before headers", "s06", _ -> {})),
        fault(
            "400",
            "s07",
            refuses(400, "{'error':{'message':'bad','type':'invalid_request_error'}}")),
        fault("the job wants several answers (`n`), which A cannot give", "s14", answers())
            .types("groq", "openai")
            .body(MANY),
        fault("401", "s08", refuses(401, "{'error':'Unauthorized'}")),
        fault("404", "s09", refuses(404, "{'error':{'message':'The model does not exist.'}}")),
        fault(
            "307 to another address", "s10", refuses(307, "{}", "Location: http://127.0.0.1:1/v1")),
        backingOff(fault("HTML from a proxy, with 502", "s11", page(502))),
        fault("HTML from a proxy, with 200", "s12", page(200)),
        fault("200 with an error body", "s13", refuses(200, "{'error':{'message':'overloaded'}}")));
  }

  private static Script page(int status) {
    return wire -> wire.status(status, "Content-Type: text/html").send(PAGE);
  }

  private static List<FaultScenario> silences() {
    return List.of(
        timingOut(fault("silence", "t01", FaultServer.Wire::stall)),
        timingOut(fault("headers, then silence", "t02", wire -> wire.status(200, EVENTS).stall())),
        fault(
            "slow first token, in time",
            "t03",
            wire -> wire.status(200, EVENTS).pause(1_000).send(answer(wire))),
        timingOut(
            fault(
                "keep-alives for ever, no piece",
                "t04",
                wire -> wire.status(200, EVENTS).sendForever(PING, 50))),
        timingOut(
            fault(
                "keep-alives for ever after half",
                "t05",
                wire -> wire.status(200, EVENTS).send(half()).sendForever(PING, 50))),
        timingOut(
            fault(
                "stall after half", "t06", wire -> wire.status(200, EVENTS).send(half()).stall())),
        timingOut(
                fault(
                    "pieces beyond `total`",
                    "t07",
                    wire -> {
                      wire.status(200, EVENTS);
                      for (String piece : FaultWire.PIECES) {
                        wire.send(text(piece)).pause(700);
                      }
                    }))
            .with("timeouts.total", "2s"));
  }

  private static FaultScenario timingOut(FaultScenario scenario) {
    return scenario.waits(TIMEOUT_MS, "after the time-out");
  }

  private static List<FaultScenario> ends() {
    return List.of(
        backingOff(
            fault(
                "cut after half, connection reset",
                "e01",
                wire -> wire.status(200, EVENTS).send(half()).pause(100).reset())),
        backingOff(
            fault(
                "cut after half, closed in good order",
                "e02",
                wire -> wire.status(200, EVENTS, CHUNKED).chunk(half()).send("0\r\n\r\n"))),
        backingOff(
            fault(
                "cut after half, in the middle of a chunk",
                "e03",
                wire -> wire.status(200, EVENTS, CHUNKED).send("fff\r\n" + half()))),
        backingOff(
            fault(
                "`Content-Length` larger than the answer",
                "e04",
                wire -> wire.status(200, EVENTS, "Content-Length: 9999").send(half()))),
        backingOff(
            fault(
                "`Content-Length` smaller than the answer",
                "e05",
                wire ->
                    wire.status(200, EVENTS, "Content-Length: " + (half().length() + 9))
                        .send(half() + text("x") + finish() + DONE))),
        fault("`[DONE]` missing", "e06", sends(FaultWire.all() + finish())),
        backingOff(fault("finish reason and `[DONE]` missing", "e07", sends(FaultWire.all()))),
        backingOff(fault("finish reason missing", "e08", sends(FaultWire.all() + DONE))),
        backingOff(
            fault(
                "error frame after half, then `[DONE]`",
                "e09",
                sends(half() + event("{'error':{'message':'out of memory','code':500}}") + DONE))),
        backingOff(
            fault("cut after half, and B refuses the prefix", "e10", sends(half()))
                .other(refusesPrefixes())));
  }

  private static Script sends(String body) {
    return wire -> wire.status(200, EVENTS).send(body);
  }

  private static List<FaultScenario> oddities() {
    String good = FaultWire.all() + finish() + DONE;
    return List.of(
        fault("an invalid event among good ones", "o01", sends("data: {brok\n\n" + good)),
        fault("invalid UTF-8 in a piece", "o02", invalidUtf8()),
        fault(
            "a line of 10 MB",
            "o03",
            sends(event("{'choices':[],'x':'" + "x".repeat(10 << 20) + "'}") + good)),
        fault(
            "gzip",
            "o04",
            wire -> wire.status(200, EVENTS, "Content-Encoding: gzip").send(gzip(good))),
        fault("CRLF", "o05", sends(good.replace("\n", "\r\n"))),
        fault("lone CR", "o06", sends(good.replace('\n', '\r'))),
        fault(
            "every byte in a packet of its own",
            "o07",
            wire -> wire.status(200, EVENTS).sendBytewise(good)),
        fault(
            "one whole completion instead of a stream",
            "o08",
            refuses(
                200,
                "{'model':'m','choices':[{'index':0,'message':{'content':'"
                    + WHOLE
                    + "'},'finish_reason':'stop'}]}")));
  }

  private static Script invalidUtf8() {
    byte[] body = (text("one two thr@e four") + finish() + DONE).getBytes(StandardCharsets.UTF_8);
    for (int i = 0; i < body.length; i++) {
      body[i] = body[i] == '@' ? (byte) 0xC3 : body[i];
    }
    return wire -> wire.status(200, EVENTS).send(body);
  }

  private static List<FaultScenario> ollamas() {
    String good = ollama("one two ") + ollama("thrée four") + ollamaEnd();
    return List.of(
        fault("Ollama: cold load, longer than `first-token`", "l01", loads(good))
            .types("ollama", "ollama"),
        backingOff(
            fault("Ollama: closes without `done`", "l02", says(ollama("one two ")))
                .other(says(ollama(" thrée four") + ollamaEnd()))
                .types("ollama", "ollama")),
        backingOff(
            fault(
                    "Ollama: an error line after half",
                    "l03",
                    says(ollama("one two ") + FaultWire.line("{'error':'runner died'}")))
                .other(says(ollama(" thrée four") + ollamaEnd()))
                .types("ollama", "ollama")),
        backingOff(
            fault("Ollama: its queue is full", "l04", refuses(503, "{'error':'server busy'}"))
                .other(says(good))
                .types("ollama", "ollama")));
  }

  private static Script loads(String good) {
    return wire -> wire.pause(3_000).status(200).send(good);
  }

  private static Script says(String body) {
    return wire -> wire.status(200, "Content-Type: application/x-ndjson").send(body);
  }

  private static List<FaultScenario> longRuns() {
    long begun = System.nanoTime();
    Script flapping =
        wire -> {
          boolean down = (System.nanoTime() - begun) / 1_000_000_000L % 2 == 1;
          (down ? refuses(503, DOWN) : answers()).play(wire);
        };
    return List.of(
        fault(
                "503 for ever, ten jobs one after another; the breaker opens after 3",
                "z01",
                refuses(503, DOWN))
            .with("circuit-breaker.minimum-calls", "3")
            .with("retry.max-attempts", "1")
            .times(10),
        fault(
                "up and down each second for 6 s, a job each 50 ms (a minute at 1:10; the breaker"
                    + " opens for 300 ms)",
                "z02",
                flapping)
            .with("circuit-breaker.minimum-calls", "3")
            .with("circuit-breaker.open", "300ms")
            .with("circuit-breaker.half-open-calls", "1")
            .with("retry.max-attempts", "1")
            .steadily(120, 50));
  }
}
