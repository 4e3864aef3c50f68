package dev.relevo.operator;

import java.util.List;
import java.util.Optional;

/**
 * Looks for a job wherever it may be: among those that are written down, then in the lanes. A
 * dispatcher may write it down between the two looks, and go on before that is read here; so where
 * neither knows it, all that is written down by then is read before there is said to be none.
 */
final class JobSearch {
  private final Places places;

  JobSearch(Places places) {
    this.places = places;
  }

  /** Where jobs are. */
  interface Places {
    /** What is written down of a job, as far as that was read. */
    List<FoundJob> written(String id);

    /** Its record, if dispatchers have not gone on behind it. */
    Optional<JobRecord> waiting(String id);

    /** Returns when all was read that is written down by now. */
    void catchUp(String id) throws InterruptedException;
  }

  SoughtJob seek(String id) throws InterruptedException {
    List<FoundJob> written = places.written(id);
    if (!written.isEmpty()) {
      return new SoughtJob(written, Optional.empty());
    }
    Optional<JobRecord> waiting = places.waiting(id);
    if (waiting.isPresent()) {
      return new SoughtJob(List.of(), waiting);
    }
    places.catchUp(id);
    return new SoughtJob(places.written(id), Optional.empty());
  }
}
