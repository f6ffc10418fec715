// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.event;

import io.millrace.core.event.Event;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

import static org.assertj.core.api.Assertions.assertThat;

class EventSpoolTest {

  private static Event.Clicked clicked(String id) {
    return new Event.Clicked(id, Instant.EPOCH, "t", "ann", "mill/Sluice", "search", null, 0);
  }

  @Test
  void aLineTornWithinACharacterCostsNoOtherEvent(@TempDir Path directory) throws IOException {
    new EventSpool(directory).add(List.of(clicked("a"), clicked("b")));
    Path file = directory.resolve("events.jsonl");
    byte[] intact = Files.readAllBytes(file);
    byte[] torn = "{\"type\":\"水".getBytes(StandardCharsets.UTF_8);
    byte[] all = Arrays.copyOf(intact, intact.length + torn.length - 1);
    System.arraycopy(torn, 0, all, intact.length, torn.length - 1);
    Files.write(file, all);

    EventSpool spool = new EventSpool(directory);
    assertThat(spool.waiting()).isEqualTo(3);
    spool.add(List.of(clicked("c")));
    List<Path> batches = spool.batches();
    assertThat(batches).hasSize(1);
    List<Event> events = spool.read(batches.getFirst());
    assertThat(events).extracting(Event::id).containsExactly("a", "b", "c");
    spool.done(batches.getFirst(), events.size());
    assertThat(spool.waiting()).isZero();
    assertThat(directory.resolve("unreadable.txt")).exists();
  }

  @Test
  void onAFullDiskAllOfABatchIsKeptOrNothing(@TempDir Path directory) throws IOException {
    AtomicLong left = new AtomicLong(Long.MAX_VALUE);
    EventSpool spool =
        new EventSpool(
            directory,
            file ->
                new FullChannel(
                    FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE), left));
    List<String> kept = new ArrayList<>();
    spool.add(List.of(clicked("first")));
    kept.add("first");
    Path file = directory.resolve("events.jsonl");
    long line = Files.size(file);
    for (long bytes = 0; bytes <= 2 * line + 4; bytes++) {
      long before = Files.size(file);
      List<String> ids = List.of("a" + bytes, "b" + bytes);
      left.set(bytes);
      try {
        spool.add(List.of(clicked(ids.getFirst()), clicked(ids.getLast())));
        kept.addAll(ids);
      } catch (UncheckedIOException e) {
        assertThat(e).hasMessageContaining("No space left on device").hasMessageContaining("free some space");
        assertThat(Files.size(file)).isEqualTo(before);
      }
      assertThat(spool.waiting()).isEqualTo(kept.size());
    }
    left.set(Long.MAX_VALUE);
    spool.add(List.of(clicked("last")));
    kept.add("last");
    assertThat(kept).hasSizeGreaterThan(2);
    Path batch = spool.batches().getFirst();
    assertThat(spool.read(batch)).extracting(Event::id).isEqualTo(kept);
  }
}
