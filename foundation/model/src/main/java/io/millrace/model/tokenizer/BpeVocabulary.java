// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.tokenizer;

import io.millrace.core.json.Json;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/**
 * A trained byte-level BPE: special tokens take the ids from 0 on, then come the 256 bytes, then the merges.
 *
 * @param specialTokens their texts
 * @param tokens the bytes of every other token, in the order of ids
 * @param merges which two tokens each merge joins, in the order in which they are applied
 */
public record BpeVocabulary(List<String> specialTokens, List<byte[]> tokens, List<Merge> merges) {

  /** Two neighbours that become one token. */
  public record Merge(byte[] left, byte[] right) {
    /** As a line of a merges file: the two sides in printable stand-ins, parted by a blank. */
    @Override
    public String toString() {
      return ByteAlphabet.write(left) + " " + ByteAlphabet.write(right);
    }
  }

  /** Copies the lists. */
  public BpeVocabulary {
    specialTokens = List.copyOf(specialTokens);
    tokens = List.copyOf(tokens);
    merges = List.copyOf(merges);
  }

  /** Number of ids. */
  public int size() {
    return specialTokens.size() + tokens.size();
  }

  /** The printable form of every id's token. */
  public List<String> printable() {
    List<String> all = new ArrayList<>(specialTokens);
    tokens.forEach(t -> all.add(ByteAlphabet.write(t)));
    return all;
  }

  /**
   * Writes a Hugging Face {@code tokenizer.json}, atomically.
   *
   * @see <a href="https://huggingface.co/docs/tokenizers/components">its components</a>
   */
  public void writeTokenizerJson(Path file) throws IOException {
    Path target = file.toAbsolutePath();
    Path temporary = Files.createTempFile(target.getParent(), ".tokenizer", ".tmp");
    try {
      Files.writeString(temporary, Json.writePretty(tokenizerJson()) + "\n", StandardCharsets.UTF_8);
      try (FileChannel channel = FileChannel.open(temporary, StandardOpenOption.WRITE)) {
        channel.force(true);
      }
      Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(temporary);
    }
  }

  private ObjectNode tokenizerJson() {
    ObjectNode root = Json.mapper().createObjectNode();
    root.put("version", "1.0").putNull("truncation").putNull("padding");
    ArrayNode added = root.putArray("added_tokens");
    for (int id = 0; id < specialTokens.size(); id++) {
      added.addObject().put("id", id).put("content", specialTokens.get(id)).put("single_word", false)
          .put("lstrip", false).put("rstrip", false).put("normalized", false).put("special", true);
    }
    root.putNull("normalizer");
    byteLevel(root.putObject("pre_tokenizer"));
    root.putNull("post_processor");
    byteLevel(root.putObject("decoder"));
    ObjectNode model = root.putObject("model");
    model.put("type", "BPE").putNull("dropout").putNull("unk_token").putNull("continuing_subword_prefix");
    model.putNull("end_of_word_suffix").put("fuse_unk", false).put("byte_fallback", false).put("ignore_merges", false);
    ObjectNode vocab = model.putObject("vocab");
    List<String> printable = printable();
    for (int id = 0; id < printable.size(); id++) {
      vocab.put(printable.get(id), id);
    }
    ArrayNode list = model.putArray("merges");
    merges.forEach(m -> list.add(m.toString()));
    return root;
  }

  private static void byteLevel(ObjectNode node) {
    node.put("type", "ByteLevel").put("add_prefix_space", false).put("trim_offsets", true).put("use_regex", true);
  }
}
