// SPDX-License-Identifier: Apache-2.0
package io.millrace.tensor;

import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerScope;

import java.util.function.Supplier;

/**
 * The owner of native memory: every tensor made on this thread while the scope is open is freed when it closes,
 * unless it was kept.
 *
 * <p>Scopes nest; a training step opens one. Without a scope, native memory waits for the garbage collector, which
 * does not see its size. What is cached while a scope is open dies with it, so caches must {@link #keep} their
 * content.
 */
public final class Scope implements AutoCloseable {
  private final PointerScope pointers = new PointerScope();

  private Scope() {}

  /** Opens a scope on the calling thread; it must be closed by the same thread, innermost first. */
  public static Scope open() {
    return new Scope();
  }

  /** Lets {@code pointer} outlive every open scope, until {@link #free} gives it back. */
  public static <P extends Pointer> P keep(P pointer) {
    pointer.retainReference();
    return pointer;
  }

  /**
   * Computes in a scope of its own and hands only the result to the scope that was open before: what lies between is
   * freed at once.
   */
  public static <P extends Pointer> P only(Supplier<P> computation) {
    PointerScope outer = PointerScope.getInnerScope();
    P result;
    try (Scope _ = open()) {
      result = keep(computation.get());
    }
    if (outer != null) {
      outer.attach(result);
      result.releaseReference();
    }
    return result;
  }

  /** Frees what {@link #keep} kept. */
  public static void free(Pointer pointer) {
    pointer.releaseReference();
  }

  @Override
  public void close() {
    pointers.close();
  }
}
