package dev.relevo.launcher.storm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.launcher.LiveAnswer.Sighting;
import dev.relevo.launcher.storm.ReportMaker.Watched;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/** What is drawn and counted of a small storm. */
class StormPictureTest {
  private static Sighting at(String what, String node, String fence, long ms) {
    return new Sighting(what, node, fence, TimeUnit.MILLISECONDS.toNanos(ms));
  }

  private static StormReport report() {
    JobPlan plan =
        new JobPlan(
            "job",
            3,
            "jobs",
            "echo-slow",
            "one two",
            "seamless",
            0,
            "default",
            5,
            JobPlan.Place.INBOX,
            100,
            JobPlan.NEVER,
            JobPlan.NEVER,
            JobPlan.NEVER,
            List.of());
    Heard heard = new Heard(plan.answer(), "done", "");
    JobCase job =
        new JobCase(
            plan,
            new Taken(3, 0, 100),
            null,
            heard,
            heard,
            null,
            3_000,
            List.of(),
            List.of(),
            List.of(),
            "");
    List<Sighting> seen =
        List.of(
            at("started", "attic", "3.1.1", 200),
            at("chunk", "", "3.1.1", 300),
            at("chunk", "", "3.1.1", 420),
            at("started", "barn", "3.1.2", 1_900),
            at("resumed", "", "3.1.2", 1_950),
            at("chunk", "", "3.1.2", 2_000),
            at("done", "", "3.1.2", 3_000));
    Life attic = new Life("attic");
    attic.is(Life.State.UP, 0);
    attic.is(Life.State.DOWN, 450);
    attic.is(Life.State.STARTING, 2_000);
    attic.is(Life.State.UP, 2_500);
    Fault fault = new Fault("attic", Fault.Kind.KILL, 440, 1_550);
    return new ReportMaker(
            7,
            2_500,
            3_000,
            TimeUnit.NANOSECONDS::toMillis,
            List.of(new Watched(job, seen, List.of("continue"), 1)),
            List.of(attic),
            List.of(new StormFleet.Happened(fault, 450, 2_500)))
        .make(List.of(), 0);
  }

  @Test
  void figuresAreThoseOfWhatWasSeen() {
    assertThat(report().figures())
        .containsEntry("jobs", 1L)
        .containsEntry("jobs done", 1L)
        .containsEntry("faults: killed", 1L)
        .containsEntry("handed over: continue", 1L)
        .containsEntry("gap at a change: count", 1L)
        .containsEntry("gap at a change: max, ms", 1_580L)
        .containsEntry("longest gap without a change, ms", 120L)
        .containsEntry("all ended after the last fault, ms", 500L)
        .containsEntry("lost", 0L);
    assertThat(StormTable.of(report())).contains("seed 7", "gap at a change: max, ms", "1580");
  }

  @Test
  void percentilesAreOfThoseThatWereMeasured() {
    assertThat(ReportMaker.percentile(List.of(), 50)).isZero();
    assertThat(ReportMaker.percentile(List.of(1L, 2L, 3L), 50)).isEqualTo(2);
    assertThat(ReportMaker.percentile(List.of(1L, 2L, 3L), 99)).isEqualTo(3);
  }

  @Test
  void thePictureShowsEachStateFaultGapAndRun() throws Exception {
    String svg = StormPicture.of(report());

    Document document =
        DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .parse(new ByteArrayInputStream(svg.getBytes(StandardCharsets.UTF_8)));
    NodeList titles = document.getElementsByTagName("title");
    StringBuilder told = new StringBuilder();
    for (int i = 0; i < titles.getLength(); i++) {
      told.append(titles.item(i).getTextContent()).append('\n');
    }
    assertThat(told)
        .contains("attic up, 0 to 450 ms", "attic down, 450 to 2000 ms", "1580 ms")
        .contains("job done, attic", "job done, barn", "job done, gap 1580 ms");
    NodeList marks = document.getElementsByTagName("path");
    long ofLegend = 1;
    assertThat(marks.getLength()).isEqualTo(ofLegend + 1);
    assertThat(((Element) marks.item(1)).getAttribute("class")).isEqualTo("mark");
    assertThat(svg).contains("prefers-color-scheme: dark", "up</text>", "frozen</text>");
  }
}
