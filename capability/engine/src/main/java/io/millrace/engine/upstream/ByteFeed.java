// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine.upstream;

import org.jspecify.annotations.Nullable;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * A response's body as its reader asks for it: only so much is taken from the network as was read, waits have an end,
 * and closing it closes the connection. Filled by the client's threads, read by one.
 */
final class ByteFeed implements Flow.Subscriber<List<ByteBuffer>>, AutoCloseable {

  /** What is in the queue: bytes, or why there are no more. */
  private record Delivery(List<ByteBuffer> bytes, boolean last, @Nullable Throwable failure) {}

  private final BlockingQueue<Delivery> queue = new LinkedBlockingQueue<>();
  private volatile Flow.@Nullable Subscription subscription;
  private volatile boolean closed;
  // The reader's.
  private boolean ended;

  @Override
  public void onSubscribe(Flow.Subscription given) {
    subscription = given;
    if (closed) {
      given.cancel();
    } else {
      given.request(1);
    }
  }

  @Override
  public void onNext(List<ByteBuffer> bytes) {
    queue.add(new Delivery(bytes, false, null));
  }

  @Override
  public void onError(Throwable failure) {
    queue.add(new Delivery(List.of(), true, failure));
  }

  @Override
  public void onComplete() {
    queue.add(new Delivery(List.of(), true, null));
  }

  /**
   * Waits for more bytes; none when none came in time or the body has ended, see {@link #ended}.
   *
   * @throws UpstreamFailure when the connection broke
   */
  List<ByteBuffer> next(Duration patience) throws InterruptedException {
    Delivery delivery = ended ? null : queue.poll(patience.toNanos(), TimeUnit.NANOSECONDS);
    if (delivery == null) {
      return List.of();
    }
    ended = delivery.last();
    if (delivery.failure() != null) {
      throw new UpstreamFailure(
          UpstreamFailure.Kind.BROKEN, "the connection to the upstream broke: " + delivery.failure(), null,
              delivery.failure());
    }
    Flow.Subscription source = subscription;
    if (!ended && source != null) {
      source.request(1);
    }
    return delivery.bytes();
  }

  /** Returns whether all was read. */
  boolean ended() {
    return ended;
  }

  @Override
  public void close() {
    closed = true;
    Flow.Subscription source = subscription;
    if (source != null) {
      source.cancel();
    }
  }
}
