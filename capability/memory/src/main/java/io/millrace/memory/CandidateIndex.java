// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import io.millrace.core.document.Passage;
import io.millrace.core.settings.VectorPrecision;
import io.millrace.memory.SoughtWords.FieldWord;
import org.apache.lucene.codecs.Codec;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.NoMergePolicy;
import org.apache.lucene.search.FieldExistsQuery;
import org.apache.lucene.store.ByteBuffersDirectory;

import java.io.IOException;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The candidates of one search, as a Lucene index in memory that is thrown away afterwards: so they are judged by the very code that judges
 * in a {@link PassageIndex}. Nothing is analysed for it, and there is no graph: a few hundred embeddings are compared one by one.
 */
final class CandidateIndex implements AutoCloseable {

  private static final Codec CODEC = PassageCodec.withoutFilters(VectorPrecision.FLOAT);

  private final ByteBuffersDirectory directory = new ByteBuffersDirectory();
  private final DirectoryReader reader;

  /**
   * Makes the index.
   *
   * @param candidates each once
   * @param words that are sought
   * @param archived passages of one document that is in the archive; empty for none
   */
  CandidateIndex(Collection<CandidatePassage> candidates, Set<FieldWord> words, List<Passage> archived) throws IOException {
    IndexWriterConfig config =
        new IndexWriterConfig().setCodec(CODEC).setUseCompoundFile(false).setMergePolicy(NoMergePolicy.INSTANCE);
    try (IndexWriter writer = new IndexWriter(directory, config)) {
      Set<String> known = new HashSet<>();
      Set<String> sought = words.stream().map(FieldWord::word).collect(Collectors.toSet());
      for (CandidatePassage each : candidates) {
        if (known.add(each.passage().id())) {
          writer.addDocument(PassageFields.of(each.passage(), (field, _) -> each.words().stream(field, sought), each.vector(), null));
        }
      }
      if (!archived.isEmpty()) {
        writer.addDocument(PassageFields.archived(archived.getFirst().documentId(), archived, Map.of()));
      }
      writer.addDocument(dictionary(words));
      reader = DirectoryReader.open(writer);
    }
  }

  /** Lucene asks for the frequency of a word only in fields in which it stands somewhere: here it always does. */
  private static Document dictionary(Set<FieldWord> words) {
    Document dictionary = new Document();
    words.forEach(each -> dictionary.add(new Words(each.field(), each.word())));
    return dictionary;
  }

  /** A word as it is, in a field of text. */
  private static final class Words extends Field {
    Words(String field, String word) {
      super(field, new PassageWords(Map.of(field, List.of(new PassageWords.Word(word, 1)))).stream(field), PassageFields.TEXT);
    }
  }

  /** Returns what may be seen: all passages, by the counts of the whole. */
  Sight sight(WordCounts counts) {
    return Sight.of(reader, counts, new FieldExistsQuery(PassageFields.TIE));
  }

  @Override
  public void close() throws IOException {
    reader.close();
    directory.close();
  }
}
