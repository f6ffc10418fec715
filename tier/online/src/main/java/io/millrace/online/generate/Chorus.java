// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.generate;

import io.millrace.core.generation.Generation;
import io.millrace.core.generation.GenerationRequest;
import io.millrace.core.spi.Guard;
import io.millrace.core.spi.Guard.Verdict;
import io.millrace.online.model.Pen;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * The choices of one request, each a request of its own to the model, which shares their prompt among them. Where one
 * fails, all leave off.
 */
final class Chorus {

  private final Wish wish;
  private final GenerationRequest request;
  private final Pen pen;
  private final DirectGeneration.Listener out;
  private final List<Scribe> scribes = new ArrayList<>();
  private final AtomicBoolean over = new AtomicBoolean();

  Chorus(Wish wish, GenerationRequest request, Pen pen, Guard guard, DirectGeneration.Listener out) {
    this.wish = wish;
    this.request = request;
    this.pen = pen;
    this.out = out;
    for (int i = 0; i < wish.choices(); i++) {
      int choice = i;
      scribes.add(new Scribe(guard, wish, piece -> out.piece(choice, piece)));
    }
  }

  /** What the model says that it wrote, and what went out of it. */
  private record Song(Generation generation, Outcome.Choice choice) {}

  /** Returns whether anything went out. */
  boolean heard() {
    return scribes.stream().anyMatch(Scribe::saidAnything);
  }

  /**
   * Writes all choices.
   *
   * @param refusing words for a verdict that broke a choice off
   * @param judged receives the verdict on each choice
   */
  Outcome sing(Function<Verdict, String> refusing, Consumer<Verdict> judged) {
    List<Supplier<Song>> work = new ArrayList<>();
    for (int i = 0; i < wish.choices(); i++) {
      int index = i;
      work.add(() -> one(index, refusing));
    }
    List<Song> songs = Together.all(work, () -> over.set(true));
    scribes.forEach(scribe -> judged.accept(scribe.verdict()));
    Generation first = songs.getFirst().generation();
    return new Outcome(
        pen.reference(),
        songs.stream().map(Song::choice).toList(),
        first.promptTokens(),
        first.cachedTokens(),
        songs.stream().mapToInt(song -> song.generation().completionTokens()).sum(),
        List.of(),
        Map.of());
  }

  private Song one(int index, Function<Verdict, String> refusing) {
    Scribe scribe = scribes.get(index);
    GenerationRequest mine =
        wish.choice(index).until(
            request.deadline(), () -> over.get() || scribe.enough() || request.cancelled().getAsBoolean());
    Generation generation = pen.model().generate(mine, scribe);
    Outcome.Choice choice = scribe.end(generation, refusing.apply(scribe.verdict()));
    out.ended(index, choice);
    return new Song(generation, choice);
  }
}
