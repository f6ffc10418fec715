// SPDX-License-Identifier: Apache-2.0
package io.millrace.train.distributed;

import io.millrace.model.checkpoint.GradientListener;
import io.millrace.model.checkpoint.Weights;
import io.millrace.tensor.NoGrad;
import io.millrace.tensor.Scope;
import io.millrace.tensor.collective.Pending;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorBase;
import org.bytedeco.pytorch.VoidTensorHook;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/**
 * Exchanges gradients among processes while the backward pass goes on. Source: Li et al. 2020, PyTorch Distributed.
 *
 * <p>A hook on each tensor sees its gradient arrive, and a decoder whose backward pass is written by hand announces what
 * it brings. As soon as all of a bucket have arrived, the bucket is sent; buckets
 * are sent in one order everywhere. How often a tensor's gradient arrives in one micro-batch (an embedding's may come
 * in two parts) is learnt from the micro-batch before. What arrives after its bucket was sent is exchanged at the end,
 * so that a wrong expectation costs time but no gradient.
 */
final class GradientExchange implements AutoCloseable {
  /** Where a bucket's gradient goes. */
  interface Wire {
    /** Begins to send a bucket's gradient, laid out as one vector; the vector belongs to the wire until awaited. */
    Pending send(int bucket, Tensor vector);
  }

  /** A tensor that is trained, and the hook on it. */
  private final class Watched {
    private final int bucket;
    private final Bucket.Slot slot;
    private final VoidTensorHook hook;
    private final int registered;
    private int arrivals;
    private int expected;

    Watched(int bucket, Bucket.Slot slot) {
      this.bucket = bucket;
      this.slot = slot;
      this.hook = Scope.keep(new VoidTensorHook() {
        @Override
        public void call(TensorBase gradient) {
          try (Scope _ = Scope.open();
              NoGrad _ = NoGrad.open()) {
            arrived(Watched.this, new Tensor(gradient));
          }
        }
      });
      this.registered = slot.working().register_hook(hook);
    }

    /** Whether all of the gradient is here. One of which nothing was heard is looked for at the end. */
    boolean isHere() {
      return arrivals >= Math.max(1, expected);
    }
  }

  private final Agreement agreed;
  private final List<Bucket> buckets;
  private final Wire wire;
  private final Weights working;
  private final List<List<Watched>> watched = new ArrayList<>();
  private final Map<Tensor, Watched> byTensor = new IdentityHashMap<>();
  private final @Nullable Tensor[] vectors;
  private final @Nullable Pending[] pending;
  private final boolean[] late;
  private boolean exchanging;
  private boolean learnt;
  private int sent;
  private int dropped;

  /** Watches the tensors of the buckets, which are those of {@code working}. */
  GradientExchange(Agreement agreed, List<Bucket> buckets, Weights working, Wire wire) {
    this.agreed = agreed;
    this.buckets = buckets;
    this.working = working;
    this.wire = wire;
    this.vectors = new Tensor[buckets.size()];
    this.pending = new Pending[buckets.size()];
    this.late = new boolean[buckets.size()];
    try (Scope _ = Scope.open()) {
      for (int i = 0; i < buckets.size(); i++) {
        int number = i;
        watched.add(buckets.get(i).slots().stream().map(slot -> new Watched(number, slot)).toList());
        watched.getLast().forEach(w -> byTensor.put(w.slot.working(), w));
      }
    }
    working.announceGradientsTo(this::announced);
  }

  /** A micro-batch begins, whose gradients are sent, with all that was left by earlier ones, or stay where they are. */
  void begin(boolean send) {
    exchanging = send;
    sent = 0;
    dropped = 0;
    Arrays.fill(late, false);
    for (List<Watched> bucket : watched) {
      bucket.forEach(w -> w.arrivals = 0);
    }
  }

  private void announced(Tensor weight, Tensor gradient) {
    Watched w = byTensor.get(weight);
    if (w == null) {
      throw new IllegalStateException(
          "a gradient of shape %s came for a tensor that is not trained".formatted(Arrays.toString(weight.shape())));
    }
    arrived(w, gradient);
  }

  private void arrived(Watched w, Tensor gradient) {
    if (!exchanging) {
      return;
    }
    // Now that another gradient is here, those before it have been added to what their tensors hold.
    dropSent();
    w.arrivals++;
    if (w.bucket < sent) {
      late[w.bucket] = true;
      return;
    }
    Tensor place = w.slot.in(vector(w.bucket));
    Tensor before = w.slot.working().grad();
    place.copy_(before.defined() ? before.add(gradient) : gradient);
    if (learnt) {
      while (sent < buckets.size() && watched.get(sent).stream().allMatch(Watched::isHere)) {
        send();
      }
    }
  }

  private Tensor vector(int bucket) {
    Tensor vector = vectors[bucket];
    if (vector == null) {
      vector = Scope.keep(buckets.get(bucket).zeros());
      vectors[bucket] = vector;
    }
    return vector;
  }

  private void send() {
    pending[sent] = wire.send(sent, vector(sent));
    sent++;
    // Few vectors are held at a time.
    await(sent - 3);
  }

  private void await(int bucket) {
    if (bucket >= 0 && pending[bucket] != null) {
      pending[bucket].await();
      pending[bucket] = null;
      Tensor vector = vectors[bucket];
      if (vector != null) {
        Scope.free(vector);
        vectors[bucket] = null;
      }
    }
  }

  /** Lets go of gradients that are on their way; what comes to these tensors from now on is late. */
  private void dropSent() {
    for (; dropped < sent; dropped++) {
      for (Watched w : watched.get(dropped)) {
        w.slot.working().mutable_grad().reset();
      }
    }
  }

  /**
   * The backward pass of the micro-batch has ended: sends what is left and waits for all.
   *
   * @throws IllegalStateException naming a trained tensor that the loss does not depend on
   */
  void end() {
    if (!exchanging) {
      return;
    }
    try (Scope _ = Scope.open();
        NoGrad _ = NoGrad.open()) {
      dropSent();
      while (sent < buckets.size()) {
        for (Watched w : watched.get(sent)) {
          complete(w);
        }
        send();
      }
      dropSent();
      for (int i = 0; i < buckets.size(); i++) {
        await(i);
      }
      exchangeLate();
    }
    for (List<Watched> bucket : watched) {
      bucket.forEach(w -> w.expected = w.arrivals);
    }
    learnt = true;
    exchanging = false;
  }

  /** A gradient of earlier micro-batches to which the last one added nothing. */
  private void complete(Watched w) {
    if (w.arrivals == 0) {
      Tensor before = w.slot.working().grad();
      if (!before.defined()) {
        throw new IllegalStateException(
            "tensor " + w.slot.name() + " is trained, but the loss does not depend on it");
      }
      w.slot.in(vector(w.bucket)).copy_(before);
    }
  }

  private void exchangeLate() {
    double[] flags = new double[buckets.size()];
    for (int i = 0; i < flags.length; i++) {
      flags[i] = late[i] ? 1 : 0;
    }
    double[] all = agreed.sum(flags);
    for (int i = 0; i < all.length; i++) {
      if (all[i] > 0) {
        for (Watched w : watched.get(i)) {
          Tensor rest = w.slot.working().grad();
          if (rest.defined()) {
            w.slot.in(vector(i)).copy_(rest);
            w.slot.working().mutable_grad().reset();
          }
        }
        pending[i] = wire.send(i, vector(i));
        await(i);
      }
    }
  }

  @Override
  public void close() {
    working.announceGradientsTo(GradientListener.NONE);
    for (List<Watched> bucket : watched) {
      for (Watched w : bucket) {
        w.slot.working().remove_hook(w.registered);
        Scope.free(w.hook);
      }
    }
    for (Tensor vector : vectors) {
      if (vector != null) {
        Scope.free(vector);
      }
    }
  }
}
