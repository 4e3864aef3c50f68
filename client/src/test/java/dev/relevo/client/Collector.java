package dev.relevo.client;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;

/** A subscriber that keeps what it gets. */
final class Collector implements Flow.Subscriber<ReplyChunk> {
  final List<ReplyChunk> chunks = new ArrayList<>();
  final CompletableFuture<Void> end = new CompletableFuture<>();
  private final long atFirst;
  Flow.Subscription subscription;

  Collector(long atFirst) {
    this.atFirst = atFirst;
  }

  @Override
  public void onSubscribe(Flow.Subscription subscription) {
    this.subscription = subscription;
    if (atFirst > 0) {
      subscription.request(atFirst);
    }
  }

  @Override
  public void onNext(ReplyChunk chunk) {
    chunks.add(chunk);
  }

  @Override
  public void onError(Throwable failure) {
    end.completeExceptionally(failure);
  }

  @Override
  public void onComplete() {
    end.complete(null);
  }

  String textFrom(int first) {
    StringBuilder text = new StringBuilder();
    for (ReplyChunk chunk : chunks.subList(first, chunks.size())) {
      if (chunk instanceof ReplyChunk.Piece piece) {
        text.append(piece.text());
      }
    }
    return text.toString();
  }
}
