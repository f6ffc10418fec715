// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine;

import io.millrace.engine.StepModel.Row;
import io.millrace.engine.kernel.KvFormat;
import io.millrace.engine.kernel.Softmax;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * A small model that guesses what a large one will write (Leviathan et al., Fast Inference via Speculative Decoding, 2023). It
 * has keys and values of its own, in pages of its own, and guesses its likeliest token also where the large one draws: a
 * guess counts as right only if the large one draws just that.
 *
 * <p>The batcher's thread alone has it work, in turns with the large model, on the same threads. If it fails, it is not asked
 * any more, and the answers go on without it.
 */
final class DraftModel implements AutoCloseable {
  /** Where a model folder has its draft. */
  static final String FOLDER = "draft";

  /** Rows of a prompt that it reads at a time, so that the others do not wait for a whole prompt. */
  private static final int CHUNK = 64;

  /** Rows from which they are read as a prompt is. */
  private static final int MANY = 16;

  private static final int LONGEST_PAUSE = 256;
  private static final int RETRY = 16;

  private static final Logger LOG = LoggerFactory.getLogger(DraftModel.class);

  private final LlamaDecoder decoder;
  private final PageBook book;
  private final int vocabulary; // ids below this are of both models
  private final double stepCost;
  private double gain = 1; // of all sequences, of late; see Confidence
  private int begun;
  private boolean failed;

  /**
   * A draft that owns its decoder.
   *
   * @param vocabulary of the large model
   * @param stepCost how long a step of one row takes beside one of the large model
   */
  DraftModel(LlamaDecoder decoder, int vocabulary, double stepCost) {
    this.decoder = decoder;
    this.vocabulary = Math.min(vocabulary, decoder.config().vocabulary());
    this.stepCost = stepCost;
    book = new PageBook(decoder.kv().count());
  }

  /** Shape of the draft of a model folder, if it has one. */
  static Optional<LlamaConfig> find(Path folder) throws IOException {
    Path draft = folder.resolve(FOLDER);
    return Files.isDirectory(draft) ? Optional.of(LlamaConfig.read(draft)) : Optional.empty();
  }

  /**
   * Loads the draft of a model folder, tests it and warms it up.
   *
   * @param main the model of that folder, tested and warm
   * @param config of the draft
   * @throws IOException when a file is missing or torn, or the two have not the same vocabulary
   */
  static DraftModel open(Path folder, LlamaDecoder main, LlamaConfig config, KvFormat kv, int pages) throws IOException {
    Path own = folder.resolve(FOLDER);
    SameVocabulary.check(folder, own);
    LlamaDecoder decoder = LlamaDecoder.openBeside(main, own, config, kv, pages);
    try {
      SelfTest.run(decoder);
    } catch (RuntimeException e) {
      decoder.close();
      throw e;
    }
    double measured = decoder.crossover().stepNanos() / main.crossover().stepNanos();
    return new DraftModel(decoder, main.config().vocabulary(),
        measured > 0 && Double.isFinite(measured) ? measured : (double) decoder.weights().bytes() / main.weights().bytes());
  }

  /** Pages that no sequence holds. */
  int availablePages() {
    return book.available();
  }

  @Override
  public String toString() {
    return decoder.config().layers() + " layers, weights " + (decoder.weights().bytes() >> 20) + " MB, kv "
        + (decoder.kv().bytes() >> 20) + " MB, a step takes " + Math.round(1000 * stepCost) / 10.0 + " % of the model's";
  }

  /**
   * Guesses for one sequence.
   *
   * @param most tokens at a time
   * @param cost how long a step of the large model with proposals takes beside one without
   */
  Speculation speculation(int most, double cost) {
    return new Guesses(most, cost);
  }

  /** After a draft that was of no use to others, a sequence begins with a pause; some try all the same. */
  private Confidence confidence() {
    Confidence confidence = new Confidence(LONGEST_PAUSE);
    if (gain < 1 && ++begun % RETRY != 0) {
      confidence.leaveOff();
    }
    return confidence;
  }

  private void fail(RuntimeException why) {
    failed = true;
    LOG.warn("the draft model failed and is not asked any more; answers go on without it", why);
  }

  @Override
  public void close() {
    decoder.close();
  }

  private final class Guesses implements Speculation {
    private final PageBook.Claim claim = new PageBook.Claim(DraftModel.class);
    private final int most;
    private final double cost;
    private @Nullable Confidence confidence; // null before the first proposal
    private int known; // tokens that were there when it proposed last

    Guesses(int most, double cost) {
      this.most = most;
      this.cost = cost;
    }

    @Override
    public int[] propose(int[] tokens, int size, int limit) {
      int room = Math.min(Math.min(most, limit), decoder.config().context() - size);
      if (room <= 0 || failed || !confident()) {
        return new int[0];
      }
      try {
        float[] logits = read(tokens, size);
        return logits == null ? new int[0] : guess(logits, size, room);
      } catch (RuntimeException e) {
        fail(e);
        release();
        return new int[0];
      }
    }

    private boolean confident() {
      Confidence mine = confidence;
      if (mine == null) {
        mine = confidence();
        confidence = mine;
      }
      return mine.proposes();
    }

    /** Reads what it has not read yet; returns logits of what comes next, or null where more is left than goes at a time. */
    private float @Nullable [] read(int[] tokens, int size) {
      book.match(claim, tokens, size - 1);
      int from = claim.table().size();
      int to = Math.min(size, from + CHUNK);
      if (!known(tokens, from, to) || !book.grow(claim, to)) {
        leaveOff();
        return null;
      }
      List<Row> rows = new ArrayList<>();
      boolean many = to - from >= MANY; // guesses need not be the same in every company, so what is faster counts
      for (int i = from; i < to; i++) {
        rows.add(new Row(claim.table(), tokens[i], i == size - 1, many, null));
      }
      float[][] logits = decoder.step(rows);
      book.settle(claim, tokens);
      return to == size ? logits[0] : null;
    }

    /** Embeddings may have more rows than the tokenizer has ids, and not as many in the one as in the other. */
    private boolean known(int[] tokens, int from, int to) {
      for (int i = from; i < to; i++) {
        if (tokens[i] >= vocabulary) {
          return false;
        }
      }
      return true;
    }

    private int[] guess(float[] first, int size, int room) {
      int[] guessed = new int[room];
      int count = 0;
      float[] logits = first;
      while (true) {
        int token = Softmax.likeliest(logits.length == vocabulary ? logits : Arrays.copyOf(logits, vocabulary));
        guessed[count++] = token;
        if (count == room || decoder.config().stopTokens().contains(token)
            || !book.grow(claim, claim.table().size() + 1)) {
          break;
        }
        logits = decoder.step(List.of(new Row(claim.table(), token, true)))[0];
      }
      known = size;
      return Arrays.copyOf(guessed, count);
    }

    @Override
    public void judge(int proposed, int right) {
      Confidence mine = confidence;
      if (proposed == 0 || mine == null) {
        return;
      }
      claim.table().size(Math.min(claim.table().size(), known + right));
      double whole = cost + proposed * stepCost;
      mine.judge(right + 1, whole);
      gain += 0.02 * ((right + 1) / whole - gain);
    }

    /** There is no memory, or a token that it does not know. */
    private void leaveOff() {
      release();
      if (confidence != null) {
        confidence.leaveOff();
      }
    }

    @Override
    public void release() {
      book.release(claim);
    }
  }
}
