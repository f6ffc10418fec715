// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.console;

import io.millrace.core.document.Document;
import io.millrace.core.document.Language;
import io.millrace.core.document.Link;
import io.millrace.core.document.Passages;
import io.millrace.core.document.Section;
import io.millrace.core.json.Json;
import io.millrace.core.log.DeadLetter;
import io.millrace.core.log.EventLog;
import io.millrace.core.log.Topic;
import io.millrace.core.registry.ArtifactRegistry;
import io.millrace.core.registry.DirectoryArtifactRegistry;
import io.millrace.core.registry.Staging;
import io.millrace.core.settings.DomainPack;
import io.millrace.eventlog.EventLogSettings;
import io.millrace.eventlog.EventLogs;
import io.millrace.online.Deadlines;
import io.millrace.online.Gateway;
import io.millrace.online.GatewaySettings;
import io.millrace.online.GatewayStatus;
import io.millrace.online.Limits;
import io.millrace.online.model.CanaryShare;
import io.millrace.online.security.ApiKey;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

import static org.awaitility.Awaitility.await;

/** A real gateway with a few documents and artifacts, for tests that look at it through a browser. */
final class Mill implements AutoCloseable {

  /** A page whose texts try to become markup. */
  static final String HOSTILE = "web-attacks/pages/Hostile";

  /** A page with sections, details and links. */
  static final String WRITER = "lucene-core/org/apache/lucene/index/IndexWriter";

  final EventLog log;
  final ArtifactRegistry registry;
  final Gateway gateway;

  private Mill(EventLog log, ArtifactRegistry registry, Gateway gateway) {
    this.log = log;
    this.registry = registry;
    this.gateway = gateway;
  }

  static Mill start(Path home, Path domainDirectory, int port, List<ApiKey> keys) throws IOException {
    DomainPack domain = DomainPack.load(domainDirectory);
    EventLog log = EventLogs.open(EventLogSettings.embedded(domain.name(), home.resolve("log")));
    ArtifactRegistry registry = DirectoryArtifactRegistry.open(home.resolve("artifacts"));
    documents().forEach(document -> put(log, document));
    log.append(
            Topic.DEAD_LETTERS,
            "documents",
            Json.bytes(
                new DeadLetter("documents 2@118", "document id '../etc' may not hold ..", "{}", Instant.now())))
        .join();
    artifacts(registry, domain.name());
    GatewaySettings settings =
        new GatewaySettings(
            domain, domainDirectory, home.resolve("home"), "127.0.0.1", port, List.of(), keys, Limits.DEFAULTS,
            Deadlines.DEFAULTS, CanaryShare.DEFAULT);
    Gateway gateway = Gateway.start(settings, log, registry);
    GatewayStatus status = gateway.part(GatewayStatus.class);
    await().atMost(Duration.ofMinutes(1)).until(() -> status.snapshot().documents() == documents().size()
        && status.snapshot().index().passages() > documents().size());
    return new Mill(log, registry, gateway);
  }

  private static void put(EventLog log, Document document) {
    log.append(Topic.DOCUMENTS, document.id(), Json.bytes(document)).join();
    log.append(Topic.PASSAGES, document.id(), Json.bytes(Passages.of(document))).join();
  }

  private static List<Document> documents() {
    List<Section> writer = new ArrayList<>();
    writer.add(
        new Section(
            "", "description", "IndexWriter", "public class IndexWriter extends Object implements Closeable",
            "An IndexWriter creates and maintains an index.\nThe OpenMode option determines whether a new index is "
                + "created, or whether an existing index is opened.",
            List.of()));
    writer.add(
        new Section(
            "addDocument(java.lang.Iterable)", "method", "addDocument",
            "public long addDocument(Iterable<? extends IndexableField> doc) throws IOException",
            "Adds a document to this index.\nWhen an exception is hit, for example because the disk is full, the "
                + "index stays consistent, but this document may not have been added.",
            List.of(
                new Section.Detail("parameter", "doc", "the document to be added"),
                new Section.Detail("returns", "", "the sequence number for this operation"),
                new Section.Detail("throws", "CorruptIndexException", "if the index is corrupt"))));
    for (String name : List.of("updateDocument", "deleteAll", "commit", "rollback", "forceMerge", "getConfig")) {
      writer.add(
          new Section(
              name + "()", "method", name, "public long " + name + "() throws IOException",
              "The " + name + " operation of the writer, which runs while searches go on.",
              List.of(new Section.Detail("returns", "", "the sequence number for this operation"))));
    }
    return List.of(
        document(
            WRITER, "IndexWriter", Language.ENGLISH, writer,
            List.of(
                new Link("lucene-core/org/apache/lucene/index/IndexReader", "IndexReader", "see"),
                new Link("https://lucene.apache.org/", "Lucene", "mentions"),
                new Link("javascript:document.title='owned'", "not a page", "mentions"))),
        document(
            "lucene-core/org/apache/lucene/index/IndexReader", "IndexReader", Language.ENGLISH,
            List.of(
                new Section(
                    "", "description", "IndexReader", "public abstract class IndexReader",
                    "IndexReader provides an interface for accessing a point-in-time view of an index.", List.of())),
            List.of(new Link(WRITER, "IndexWriter", "see"))),
        document(
            "hutool-core/cn/hutool/core/util/StrUtil", "StrUtil", Language.CHINESE,
            List.of(
                new Section("", "description", "StrUtil", "public class StrUtil", "字符串工具类", List.of()),
                new Section(
                    "isBlank(java.lang.CharSequence)", "method", "isBlank",
                    "public static boolean isBlank(CharSequence str)",
                    "字符串是否为空白，空白的定义如下：null、空字符串、空格、全角空格、制表符、换行符等不可见字符。",
                    List.of(
                        new Section.Detail("parameter", "str", "被检测的字符串"),
                        new Section.Detail("returns", "", "若为空白，则返回 true")))),
            List.of()),
        document(
            HOSTILE, "<img src=x onerror=\"document.title='owned'\">", Language.ENGLISH,
            List.of(
                new Section(
                    "\"><script>document.title='owned'</script>", "method", "<b>zebra</b> crossing",
                    "<script>document.title='owned'</script>",
                    "The zebra crossing says </script><svg onload=\"document.title='owned'\"> and nothing happens. "
                        + "[click](javascript:document.title='owned')",
                    List.of(new Section.Detail("<i>kind</i>", "<u>name</u>", "<a href=javascript:0>text</a>")))),
            List.of()));
  }

  private static Document document(
      String id, String title, Language language, List<Section> sections, List<Link> links) {
    String[] place = id.split("/", 2);
    String inner = place[1].substring(0, Math.max(0, place[1].lastIndexOf('/'))).replace('/', '.');
    return new Document(
        id, "org.example:" + place[0] + ":1.0", "class", language, title, List.of(place[0], inner, title),
        "https://example.org/" + place[0], sections, links, Instant.parse("2026-01-02T03:04:05Z"), Map.of(), Set.of());
  }

  private static void artifacts(ArtifactRegistry registry, String domain) throws IOException {
    String corpus = domain + "/corpus";
    String model = domain + "/embedder";
    try (Staging staging = registry.stage(corpus, "corpus")) {
      Files.writeString(staging.directory().resolve("documents.jsonl"), "{}\n");
      staging.commit("0123456789ab", List.of(), Map.of("documents", "4"), Map.of());
    }
    for (int version = 1; version <= 2; version++) {
      try (Staging staging = registry.stage(model, "embedder")) {
        StringBuilder lines = new StringBuilder();
        for (int step = 1; step <= 400; step++) {
          lines.append(
              Json.write(
                  Map.of(
                      "step", step, "seconds", step * 0.13, "tokens", step * 2048L,
                      "loss", 2.2 + 6.5 * Math.exp(-step / 90.0) + 0.05 * Math.sin(step))));
          lines.append('\n');
        }
        Files.writeString(staging.directory().resolve("metrics.jsonl"), lines);
        staging.commit(
            "feedc0de" + version, List.of(corpus + "@1"), Map.of("layers", "6", "seconds", "120"),
            Map.of("recall@10", 0.7 + 0.05 * version));
      }
    }
    registry.promote(model, ArtifactRegistry.CHAMPION, 1, "first version");
  }

  @Override
  public void close() {
    gateway.close();
    log.close();
  }

  /** Runs the gateway until it is stopped, for people who work on the pages. */
  public static void main(String[] arguments) throws Exception {
    Path home = Files.createTempDirectory("mill");
    Mill mill = start(home, Path.of(arguments[0]), Integer.parseInt(arguments[1]), List.of());
    System.out.println(mill.gateway.url());
    Thread.currentThread().join();
  }
}
