// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine;

import io.millrace.core.generation.Generation;
import io.millrace.core.generation.GenerationRequest;
import io.millrace.core.generation.Piece;
import io.millrace.core.generation.Prompt;
import io.millrace.core.spi.Generator;
import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * A generator whose model can be exchanged while requests run: those in flight finish on the old model, the next begin
 * on the new one, and the old one is closed by whoever leaves it last.
 */
public final class ModelSlot implements Generator {
  /** A model and how many use it; guarded by the slot. */
  private static final class Occupant {
    private final Generator generator;
    private int users;
    private boolean retired;

    Occupant(Generator generator) {
      this.generator = generator;
    }
  }

  private Occupant current; // guarded by this

  /** A slot that owns this model. */
  public ModelSlot(Generator first) {
    current = new Occupant(first);
  }

  /**
   * Puts a model in the place of the present one, which is closed when its last request has ended. The slot owns it.
   *
   * @throws IllegalStateException when the slot is closed; the new model is closed then
   */
  public void swap(Generator next) {
    Generator unused = null;
    boolean closed;
    synchronized (this) {
      closed = current.retired;
      if (!closed) {
        unused = retireCurrent();
        current = new Occupant(next);
      }
    }
    if (unused != null) {
      unused.close();
    }
    if (closed) {
      next.close();
      throw new IllegalStateException("the slot is closed; " + next.model() + " was not put into it");
    }
  }

  /** Runs something on the present model, which stays open meanwhile. */
  public <T> T with(Function<Generator, T> use) {
    Occupant mine;
    synchronized (this) {
      mine = current;
      if (mine.retired) {
        throw new IllegalStateException("the slot is closed");
      }
      mine.users++;
    }
    try {
      return use.apply(mine.generator);
    } finally {
      leave(mine);
    }
  }

  private void leave(Occupant mine) {
    boolean last;
    synchronized (this) {
      mine.users--;
      last = mine.users == 0 && mine.retired;
    }
    if (last) {
      mine.generator.close();
    }
  }

  /** Returns the present model if nobody uses it, so that the caller closes it, outside the lock. */
  private @Nullable Generator retireCurrent() {
    current.retired = true;
    return current.users == 0 ? current.generator : null;
  }

  @Override
  public String model() {
    return with(Generator::model);
  }

  @Override
  public int context() {
    return with(Generator::context);
  }

  @Override
  public int count(Prompt prompt) {
    return with(g -> g.count(prompt));
  }

  @Override
  public List<String> adapters() {
    return with(Generator::adapters);
  }

  @Override
  public Generation generate(GenerationRequest request, Consumer<Piece> onPiece) {
    return with(g -> g.generate(request, onPiece));
  }

  /** Lets the requests in flight finish, then closes the model; new ones are refused at once. */
  @Override
  public void close() {
    Generator unused;
    synchronized (this) {
      unused = current.retired ? null : retireCurrent();
    }
    if (unused != null) {
      unused.close();
    }
  }
}
