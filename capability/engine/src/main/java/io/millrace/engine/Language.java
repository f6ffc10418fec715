// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine;

import io.millrace.model.tokenizer.ChatTemplate;
import io.millrace.model.tokenizer.Tokenizer;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/**
 * What makes tokens of texts and dialogues, read by a thread of its own: reading JSON takes a cold process about as long
 * as a small model's weights do.
 */
final class Language {
  private record Read(Tokenizer tokenizer, @Nullable ChatTemplate template) {}

  private final FutureTask<Read> read;

  private Language(FutureTask<Read> read) {
    this.read = read;
  }

  /**
   * Begins to read a model folder's.
   *
   * @throws NoSuchFileException when it has no tokenizer; all else is said when it is asked for
   */
  static Language of(Path folder) throws NoSuchFileException {
    Path file = folder.resolve(Tokenizer.FILE);
    if (!Files.exists(file)) {
      throw new NoSuchFileException(file.toString());
    }
    FutureTask<Read> read = new FutureTask<>(() -> {
      Tokenizer tokenizer = Tokenizer.load(folder);
      try {
        return new Read(tokenizer, ChatTemplate.find(folder, tokenizer).orElse(null));
      } catch (IOException | RuntimeException | Error e) {
        tokenizer.close();
        throw e;
      }
    });
    Thread.ofPlatform().daemon().name("engine-language").start(read);
    return new Language(read);
  }

  /**
   * The tokenizer, once it is there.
   *
   * @throws IOException when a file is missing, or is not what it should be
   */
  Tokenizer tokenizer() throws IOException {
    return await().tokenizer();
  }

  /** How dialogues are written, once it is known; null where the model has no way. */
  @Nullable ChatTemplate template() throws IOException {
    return await().template();
  }

  private Read await() throws IOException {
    try {
      return read.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while a tokenizer was read");
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case IOException io -> throw io;
        case RuntimeException unchecked -> throw unchecked;
        case Error error -> throw error;
        case null, default -> throw new IllegalStateException(e);
      }
    }
  }

  /** Frees what was read, now or when it is there; for folders of which nothing comes. */
  void discard() {
    Thread.ofPlatform().daemon().name("engine-language-end").start(() -> {
      try {
        read.get().tokenizer().close();
      } catch (InterruptedException | ExecutionException e) {
        // Nothing was read.
      }
    });
  }
}
