// SPDX-License-Identifier: Apache-2.0
package io.millrace.cli;

import io.millrace.benchmarks.Bench;
import io.millrace.benchmarks.BenchRun;
import io.millrace.benchmarks.Benches;
import io.millrace.benchmarks.DocTables;
import io.millrace.benchmarks.DomainPlace;
import io.millrace.benchmarks.Expectation;
import io.millrace.benchmarks.PublicData;
import io.millrace.benchmarks.ResultTable;
import io.millrace.benchmarks.ResultsFile;
import io.millrace.benchmarks.Verification;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.Callable;

/** Figures beside a peer or a limit measured in the same run. */
@Command(
    name = "bench",
    description = {
      "Measure, beside a peer or a limit measured in the same run, and print a table.",
      "Without a name, list what can be measured."
    },
    mixinStandardHelpOptions = true,
    subcommands = {BenchCommand.Verify.class, BenchCommand.Tables.class})
final class BenchCommand implements Callable<Integer> {

  /** For completion and help. */
  static final class Names implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return Benches.ALL.stream().map(Bench::name).iterator();
    }
  }

  @CommandLine.Spec CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

  @Parameters(arity = "0..1", paramLabel = "NAME", completionCandidates = Names.class, description = "${COMPLETION-CANDIDATES}")
  @Nullable String name;

  @Option(names = "--quick", description = "An answer within 5 minutes.")
  boolean quick;

  @Option(names = "--against", paramLabel = "PEER", description = "Beside this, in the same run: llama.cpp (engine).")
  @Nullable String against;

  @Option(names = "--domain", paramLabel = "DOMAIN", description = "Name or directory of the domain to measure (questions, grounding; java-docs).")
  @Nullable String domain;

  @Option(names = "--data", paramLabel = "DIR",
      description = "Public data sets (MILLRACE_DATA, else shared/data beside the checkout); for memory also one test collection.")
  @Nullable Path data;

  @Option(names = "--json", paramLabel = "FILE",
      description = "Write the rows there too; without, a run against a peer that is not quick goes to benchmarks/results/NAME.json.")
  @Nullable Path json;

  @Override
  public Integer call() throws Exception {
    PrintWriter out = spec.commandLine().getOut();
    if (name == null) {
      Benches.ALL.forEach(bench -> out.printf("%-12s %s%n", bench.name(), bench.purpose()));
      return 0;
    }
    Bench bench = Benches.named(name);
    if (against != null && !bench.peers().contains(against)) {
      throw new IllegalArgumentException("'" + against + "' is no peer of bench " + name
          + (bench.peers().isEmpty() ? ", which has none" : "; known are: " + String.join(", ", bench.peers())));
    }
    if (domain != null && !bench.takesDomain()) {
      throw new IllegalArgumentException("bench " + name + " measures no domain: leave --domain out");
    }
    DomainPlace place = bench.takesDomain() ? domain(domain) : null;
    BenchRun run = new BenchRun(data == null ? PublicData.folder() : data, quick, against, place, line -> say(out, line));
    bench.measure(run);
    out.println();
    out.print(ResultTable.of(run.rows()));
    Path file = json == null && run.against() != null && !quick ? results().resolve(name + ".json") : json;
    if (file != null) {
      ResultsFile.write(file, run.rows(),
          "millrace bench " + name + (run.against() == null ? "" : " --against " + run.against())
              + (domain == null ? "" : " --domain " + domain) + (quick ? " --quick" : ""));
      out.println("Written to " + file);
    }
    out.flush();
    return 0;
  }

  private static DomainPlace domain(@Nullable String domain) {
    Place place = Place.of(domain);
    place.logToFile();
    return new DomainPlace(place.packDirectory(), place.home());
  }

  private static Path results() {
    return Place.root().resolve("benchmarks").resolve("results");
  }

  private static void say(PrintWriter out, String line) {
    out.println(line);
    out.flush();
  }

  @Command(
      name = "verify",
      description = {
        "Rerun what published scores came from (benchmarks/expected/*.yaml) and compare.",
        "Scores whose data set is not here are skipped, and said so. Ends with 1 if a score fails."
      },
      mixinStandardHelpOptions = true)
  static final class Verify implements Callable<Integer> {

    @CommandLine.Spec CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

    @Option(names = "--expected", paramLabel = "FOLDER", description = "Where the expected scores are (benchmarks/expected).")
    @Nullable Path folder;

    @Override
    public Integer call() throws Exception {
      PrintWriter out = spec.commandLine().getOut();
      Path expected = folder == null ? Place.root().resolve("benchmarks").resolve("expected") : folder;
      List<Verification.Comparison> comparisons =
          new Verification(PublicData.folder(), domain(null), line -> say(out, line)).of(Expectation.readAll(expected));
      out.println();
      comparisons.forEach(comparison -> say(out, comparison.toString()));
      return comparisons.stream().anyMatch(comparison -> comparison.verdict() == Verification.Verdict.FAILS) ? 1 : 0;
    }
  }

  @Command(
      name = "tables",
      description = "Write the tables of docs/*.md anew from benchmarks/results.",
      mixinStandardHelpOptions = true)
  static final class Tables implements Callable<Integer> {

    @CommandLine.Spec CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

    @Override
    public Integer call() throws Exception {
      List<Path> changed = new DocTables(Place.root().resolve("docs"), results()).write();
      PrintWriter out = spec.commandLine().getOut();
      changed.forEach(file -> say(out, "Written: " + file));
      if (changed.isEmpty()) {
        say(out, "All tables are those of the results.");
      }
      return 0;
    }
  }
}
