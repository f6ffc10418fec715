// SPDX-License-Identifier: Apache-2.0
package io.millrace.benchmarks.engine;

import io.millrace.benchmarks.WorkFolder;
import io.millrace.model.gguf.GgufExport;
import io.millrace.model.gguf.GgufType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.function.Consumer;

/**
 * A model of random weights in every format that is measured, made when first asked for and kept.
 *
 * @param folder where it is kept
 * @param progress hears what is being made
 */
record ModelShelf(Path folder, ModelShape shape, Consumer<String> progress) {
  private static final long SEED = 11;

  /** Something that fills a path. */
  private interface Maker {
    void make(Path target) throws IOException;
  }

  /** A folder for our engine. */
  Path ours(Precision precision) throws IOException {
    return kept(precision.label(), precision == Precision.BF16
        ? target -> RandomModel.write(shape.config(), SEED, target)
        : target -> precision.quantise(ours(Precision.BF16), target));
  }

  /** A file for llama.cpp, of the same weights. */
  Path gguf(GgufType type) throws IOException {
    Path source = ours(Precision.BF16);
    return kept(type.name().toLowerCase(Locale.ROOT) + ".gguf", target -> GgufExport.write(source, target, type));
  }

  private Path kept(String name, Maker maker) throws IOException {
    Path target = folder.resolve(shape.label()).resolve(name);
    if (Files.exists(target)) {
      return target;
    }
    progress.accept("Making " + target);
    Path unfinished = target.resolveSibling("." + name + ".unfinished");
    WorkFolder.delete(unfinished);
    Files.createDirectories(target.getParent());
    maker.make(unfinished);
    return Files.move(unfinished, target);
  }
}
