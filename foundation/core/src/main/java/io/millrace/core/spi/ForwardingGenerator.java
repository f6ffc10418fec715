// SPDX-License-Identifier: Apache-2.0
package io.millrace.core.spi;

import io.millrace.core.generation.Generation;
import io.millrace.core.generation.GenerationRequest;
import io.millrace.core.generation.Piece;
import io.millrace.core.generation.Prompt;

import java.util.List;
import java.util.function.Consumer;

/** A generator that does what another does, and more; it owns the other. */
public abstract class ForwardingGenerator implements Generator {

  private final Generator generator;

  protected ForwardingGenerator(Generator generator) {
    this.generator = generator;
  }

  @Override
  public String model() {
    return generator.model();
  }

  @Override
  public int context() {
    return generator.context();
  }

  @Override
  public int count(Prompt prompt) {
    return generator.count(prompt);
  }

  @Override
  public List<String> adapters() {
    return generator.adapters();
  }

  @Override
  public Generation generate(GenerationRequest request, Consumer<Piece> onPiece) {
    return generator.generate(request, onPiece);
  }

  @Override
  public void close() {
    generator.close();
  }
}
