// SPDX-License-Identifier: Apache-2.0
package io.millrace.corpus;

import io.millrace.core.document.Document;
import io.millrace.core.json.Json;
import io.millrace.core.log.DeadLetter;
import io.millrace.core.spi.FileFormats;
import org.apache.flink.api.common.accumulators.LongCounter;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.streaming.api.functions.ProcessFunction;
import org.apache.flink.util.Collector;
import org.apache.flink.util.OutputTag;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;

/** Reads shares of pages: documents as (id, JSON), what cannot be read as dead letters on the side. */
final class ReadPages extends ProcessFunction<Long, Tuple2<String, String>> {

  private static final long serialVersionUID = 1L;

  /** Dead letters as JSON. */
  static final OutputTag<String> DEAD_LETTERS = new OutputTag<>("dead-letters", Types.STRING);

  /** Name of the accumulator that counts the pages read. */
  static final String PAGES = "pages";

  /** Some neighbouring pages of one source, from a number (inclusive) to another (exclusive). */
  record Share(int source, int from, int to) implements Serializable {
    private static final long serialVersionUID = 1L;
  }

  private final ArrayList<PageSource> sources;
  private final ArrayList<Share> shares;
  private final FileFormats.Opening opening;
  private final LongCounter pages = new LongCounter();

  /** Opened by the first share that needs it: most sources are jars. */
  private transient @Nullable FileFormats formats;

  ReadPages(List<PageSource> sources, List<Share> shares, FileFormats.Opening opening) {
    this.sources = new ArrayList<>(sources);
    this.shares = new ArrayList<>(shares);
    this.opening = opening;
  }

  @Override
  public void open(OpenContext context) {
    getRuntimeContext().addAccumulator(PAGES, pages);
  }

  @Override
  public void processElement(Long number, Context context, Collector<Tuple2<String, String>> out)
      throws IOException {
    Share share = shares.get(Math.toIntExact(number));
    sources
        .get(share.source())
        .read(
            share.from(),
            share.to(),
            new PageSource.Output() {
              @Override
              public void document(Document document) {
                pages.add(1L);
                out.collect(Tuple2.of(document.id(), Json.write(document)));
              }

              @Override
              public void deadLetter(DeadLetter letter) {
                pages.add(1L);
                context.output(DEAD_LETTERS, Json.write(letter));
              }

              @Override
              public void skipped() {
                pages.add(1L);
              }

              @Override
              public FileFormats formats() {
                return ReadPages.this.formats();
              }
            });
  }

  private FileFormats formats() {
    FileFormats open = formats;
    if (open == null) {
      open = opening.open(1);
      formats = open;
    }
    return open;
  }

  @Override
  public void close() {
    if (formats != null) {
      formats.close();
    }
  }
}
