// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import io.millrace.core.document.Language;
import io.millrace.core.document.Passage;
import io.millrace.core.document.Validity;
import io.millrace.core.spi.CosineScale;
import io.millrace.core.spi.Retriever.Aim;
import io.millrace.core.spi.Retriever.Cause;
import io.millrace.core.spi.Retriever.Hit;
import io.millrace.core.spi.Retriever.Query;
import io.millrace.core.spi.Retriever.Standing;
import org.apache.lucene.document.LongPoint;
import org.apache.lucene.index.DocValues;
import org.apache.lucene.index.FieldInfos;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.NumericDocValues;
import org.apache.lucene.index.ReaderUtil;
import org.apache.lucene.index.SortedDocValues;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.BooleanClause;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.BoostQuery;
import org.apache.lucene.search.ConstantScoreQuery;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.MatchAllDocsQuery;
import org.apache.lucene.search.PrefixQuery;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.ScoreMode;
import org.apache.lucene.search.Scorer;
import org.apache.lucene.search.TermInSetQuery;
import org.apache.lucene.search.TermQuery;
import org.apache.lucene.search.Weight;
import org.apache.lucene.search.similarities.BM25Similarity;
import org.apache.lucene.util.BytesRef;
import org.apache.lucene.util.VectorUtil;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * One hybrid search over one snapshot of the index. Each retriever proposes candidates; then each judges all of them,
 * also those that only the other one proposed, so that a low score and an unknown one are not confused.
 */
final class PassageSearch {

  /** How much of a passage's name its section's is; the rest is its document's. */
  static final float SECTION_SHARE = 2 / 3f;

  /** So much that a document's name weighs more than all of a usual question's words. */
  private static final float ABOVE_WORDS = 1e3f;

  private static final double HOURS_A_DAY = 24;

  private static final float[] NO_VECTOR = {};
  private static final int[] NOTHING = {};

  private final Sight sight;
  private final IndexSearcher searcher;
  private final SearchSettings settings;
  private final Ranking ranking;
  private final Language language;
  private final Query query;
  private final org.apache.lucene.search.Query words;

  /** The words, looked up; null before anybody needs them. */
  private org.apache.lucene.search.@Nullable Query lexical;

  private final org.apache.lucene.search.@Nullable Query filter;
  private final Instant now;
  private final Parts parts;
  private final DocumentPriors priors;
  private final FusionWeights weights;
  private final @Nullable Reranker reranker;

  /**
   * What searches of an index share.
   *
   * @param titles of the index's segments
   * @param nearest proposes by meaning
   * @param cosines on which scale those of each language's embeddings are to be read
   */
  record Parts(TitleBooks titles, NearestPassages nearest, Map<Language, CosineScale> cosines) {}

  /**
   * Prepares a search.
   *
   * @param sight what of a snapshot the reader may see; its statistics and norms are the same whatever the ranking, so that each
   *     language can have its own
   * @param language that of the question
   * @param now the moment at which passages must be valid
   * @param parts of the index
   * @param judging what judging takes beside the index
   * @param reranker the one of the judging's re-rankers that reads the best candidates; null to go without
   */
  PassageSearch(
      Sight sight,
      SearchSettings settings,
      Query query,
      Language language,
      org.apache.lucene.search.Query lexical,
      Instant now,
      Parts parts,
      Judging judging,
      @Nullable Reranker reranker)
      throws IOException {
    this.parts = parts;
    this.reranker = reranker;
    this.priors = judging.priors();
    FusionWeights constants = FusionWeights.of(settings, language, query.aim());
    this.weights = judging.weights().of(language, query.aim(), constants).gathered(constants);
    this.ranking = settings.ranking(language);
    this.language = language;
    this.sight = sight;
    this.searcher = sight.searcher(new BM25Similarity((float) ranking.k1(), (float) ranking.b()));
    this.settings = settings;
    this.query = query;
    this.words = lexical;
    this.now = now;
    this.filter = filter(query, sight);
  }

  /**
   * Runs the search.
   *
   * @param vector the question's embedding, to be compared with passages of its language; null to go without
   */
  List<Hit> run(float @Nullable [] vector) throws IOException {
    return spread(ranked(vector, Set.of()));
  }

  /** Says where a document stands; its passages are judged whether or not a retriever proposes them. */
  Standing standing(float @Nullable [] vector, String document) throws IOException {
    Cause absence = Cause.ABSENT;
    boolean timely = false;
    Set<Integer> allowed = new HashSet<>();
    for (int doc : LuceneStore.docs(searcher, new Term(PassageFields.DOCUMENT, document))) {
      var stored = searcher.storedFields().document(doc);
      if (!sight.sees(doc)) {
        continue;
      }
      if (stored.getBinaryValue(PassageFields.JSON) != null) {
        absence = Cause.UNTIMELY;
        Passage passage = PassageFields.passage(stored);
        Validity validity = passage.validity();
        if (validity == null || validity.at(now)) {
          timely = true;
          if (query.language() == null || passage.language() == query.language()) {
            allowed.add(doc);
          }
        }
      } else if (isArchived(stored.getBinaryValue(PassageFields.ARCHIVED))) {
        absence = Cause.ARCHIVED;
      }
    }
    if (!timely) {
      return new Standing(document, 0, null, absence);
    }
    if (allowed.isEmpty() || !document.startsWith(query.documentPrefix())) {
      return new Standing(document, 0, null, Cause.EXCLUDED);
    }
    List<Fusion.Fused> found = ranked(vector, Set.of());
    Set<Integer> proposed = found.stream().map(Fusion.Fused::doc).collect(Collectors.toSet());
    List<Fusion.Fused> all = ranked(vector, allowed);
    int rank = 1;
    while (!allowed.contains(all.get(rank - 1).doc())) {
      rank++;
    }
    Fusion.Fused best = all.get(rank - 1);
    Hit hit = new Hit(PassageFields.passage(searcher.storedFields().document(best.doc())), best.score(), best.evidence());
    List<Hit> shown = spread(found);
    if (shown.stream().anyMatch(each -> each.passage().documentId().equals(document))) {
      return new Standing(document, rank, hit, Cause.SHOWN);
    }
    if (shown.stream().flatMap(each -> each.repeats().stream()).anyMatch(each -> each.passage().documentId().equals(document))) {
      return new Standing(document, rank, hit, Cause.REPEATS);
    }
    if (allowed.stream().noneMatch(proposed::contains)) {
      return new Standing(document, rank, hit, Cause.NOT_PROPOSED);
    }
    return new Standing(document, rank, hit, rank <= query.limit() ? Cause.BEHIND_OTHERS : Cause.TOO_LOW);
  }

  /** What is in the archive has no labels of its own in the index, only those of the passages that it holds. */
  private boolean isArchived(@Nullable BytesRef stored) {
    return stored != null
        && PassageFields.archived(stored).stream().anyMatch(passage -> query.access().sees(passage.labels()));
  }

  /** Returns how many passages each retriever proposes. */
  static int depth(SearchSettings settings, Query query) {
    return Math.max(settings.candidates(), 2 * query.limit());
  }

  /**
   * Ranks what the retrievers propose.
   *
   * @param further documents that are judged as well
   */
  private List<Fusion.Fused> ranked(float @Nullable [] vector, Set<Integer> further) throws IOException {
    int depth = depth(settings, query);
    // They propose, and exact embeddings judge.
    SearchThreads.Piece<int[]> nearest =
        new SearchThreads.Piece<>(
            sight.threads(),
            () -> vector == null ? NOTHING : parts.nearest().of(searcher, PassageFields.vector(language), vector, depth, filter));
    Map<Integer, Double> words = new HashMap<>();
    for (ScoreDoc hit : searcher.search(filtered(lexical()), depth).scoreDocs) {
      words.put(hit.doc, (double) hit.score);
    }
    Set<Integer> called = new HashSet<>(further);
    Arrays.stream(nearest.get()).forEach(called::add);
    var names = names();
    if (names != null) {
      // Of a hundred sections called alike those that fit the question's other words.
      var ordered =
          new BooleanQuery.Builder()
              .add(new BoostQuery(names, ABOVE_WORDS), BooleanClause.Occur.MUST)
              .add(lexical(), BooleanClause.Occur.SHOULD) // as it was looked up, which it is not with a weight of its own
              .build();
      for (ScoreDoc hit : searcher.search(filtered(ordered), depth).scoreDocs) {
        called.add(hit.doc);
      }
    }
    List<Fusion.Candidate> candidates = judgeAll(words, called, names, vector);
    if (weights.of(EvidenceKind.GRAPH) > 0) {
      candidates = nearIn(Fusion.fuse(candidates, weights.proposing()), candidates, names, vector);
    }
    List<Fusion.Fused> fused = Fusion.fuse(candidates, weights);
    if (query.aim() == Aim.ANSWER) {
      return reranker == null ? fused : Reranking.rerank(fused, query.text(), reranker, this::text);
    }
    // Who names something does not want what is like it.
    boolean named = candidates.stream().anyMatch(each -> each.of(EvidenceKind.NAME) > 0);
    boolean survey = !named && vector != null && ranking.smoothing().weight() > 0;
    return survey ? smoothed(fused) : fused;
  }

  /** Looking words up takes a while, in which what is nearest is looked for already. */
  private org.apache.lucene.search.Query lexical() throws IOException {
    org.apache.lucene.search.Query known = lexical;
    if (known == null) {
      known = PreparedQuery.of(words, searcher);
      lexical = known;
    }
    return known;
  }

  private String text(int doc) throws IOException {
    return PassageFields.passage(searcher.storedFields().document(doc)).text();
  }

  /** Asks the graph what is near the best of what was found: it judges all candidates, and proposes others. */
  private List<Fusion.Candidate> nearIn(
      List<Fusion.Fused> fused,
      List<Fusion.Candidate> candidates,
      org.apache.lucene.search.@Nullable Query names,
      float @Nullable [] vector)
      throws IOException {
    GraphNearness near =
        GraphNearness.of(query.text(), fused, new PassageEdges(sight, searcher.getIndexReader(), parts.titles(), now, sight.threads(), SearchThreads.PROCESSORS));
    Set<Integer> known = candidates.stream().map(Fusion.Candidate::doc).collect(Collectors.toSet());
    Set<Integer> proposed = passing(near.proposed(known));
    return Stream.concat(candidates.stream(), judgeAll(Map.of(), proposed, names, vector).stream())
        .map(each -> each.with(EvidenceKind.GRAPH, near.of(each.doc())))
        .toList();
  }

  /** Returns those documents that pass the filter. */
  private Set<Integer> passing(Set<Integer> docs) throws IOException {
    if (filter == null || docs.isEmpty()) {
      return docs;
    }
    Set<Integer> passing = new HashSet<>();
    Weight weight = searcher.createWeight(searcher.rewrite(filter), ScoreMode.COMPLETE_NO_SCORES, 1);
    Scorer scorer = null;
    LeafReaderContext at = null;
    for (int doc : docs.stream().sorted().toList()) {
      LeafReaderContext leaf = leaf(doc);
      if (!leaf.equals(at)) {
        scorer = weight.scorer(leaf);
        at = leaf;
      }
      if (scorer != null && scorer.docID() < doc - leaf.docBase) {
        scorer.iterator().advance(doc - leaf.docBase);
      }
      if (scorer != null && scorer.docID() == doc - leaf.docBase) {
        passing.add(doc);
      }
    }
    return passing;
  }

  private List<Fusion.Fused> smoothed(List<Fusion.Fused> fused) throws IOException {
    int looked = Math.min(fused.size(), ranking.smoothing().candidates());
    List<NeighbourSmoothing.Placed> placed = new ArrayList<>(looked);
    // Doc values and vectors are read in the order in which they lie; the ranking is restored after.
    for (Fusion.Fused each : fused.subList(0, looked).stream().sorted(Comparator.comparingInt(Fusion.Fused::doc)).toList()) {
      LeafReaderContext leaf = leaf(each.doc());
      int doc = each.doc() - leaf.docBase;
      float[] vector = PassageFields.vectorOf(leaf.reader(), PassageFields.vector(language), doc);
      placed.add(
          new NeighbourSmoothing.Placed(
              each, PassageFields.documentOf(leaf.reader(), doc), vector == null ? NO_VECTOR : vector));
    }
    placed.sort(Comparator.comparing(NeighbourSmoothing.Placed::fused, Fusion.BEST_FIRST));
    List<Fusion.Fused> all = new ArrayList<>(NeighbourSmoothing.smooth(placed, ranking.smoothing()));
    all.addAll(fused.subList(looked, fused.size()));
    all.sort(Fusion.BEST_FIRST);
    return all;
  }

  /** The passages that are called what the question names, or null: a section's name says more than its document's. */
  private org.apache.lucene.search.@Nullable Query names() {
    List<BytesRef> names = Names.of(query.text()).stream().map(BytesRef::new).toList();
    return names.isEmpty() || weights.of(EvidenceKind.NAME) == 0
        ? null
        : new BooleanQuery.Builder()
            .add(constant(PassageFields.SECTION_NAME, names, SECTION_SHARE), BooleanClause.Occur.SHOULD)
            .add(constant(PassageFields.DOCUMENT_NAME, names, 1 - SECTION_SHARE), BooleanClause.Occur.SHOULD)
            .build();
  }

  private static org.apache.lucene.search.Query constant(String field, List<BytesRef> terms, float score) {
    return new BoostQuery(new ConstantScoreQuery(new TermInSetQuery(field, terms)), score);
  }

  private List<Fusion.Candidate> judgeAll(
      Map<Integer, Double> words,
      Set<Integer> called,
      org.apache.lucene.search.@Nullable Query names,
      float @Nullable [] vector)
      throws IOException {
    int[] docs =
        Stream.of(words.keySet(), called)
            .flatMapToInt(found -> found.stream().mapToInt(Integer::intValue))
            .sorted()
            .distinct()
            .toArray();
    Weight weight = weight(lexical());
    Weight nameWeight = names == null ? null : weight(names);
    CosineScale cosines = parts.cosines().getOrDefault(language, CosineScale.PLAIN);
    List<Fusion.Candidate> candidates = new ArrayList<>(docs.length);
    for (int from = 0; from < docs.length; ) {
      LeafReaderContext leaf = leaf(docs[from]);
      int to = from;
      while (to < docs.length && docs[to] < leaf.docBase + leaf.reader().maxDoc()) {
        to++;
      }
      Scorer scorer = weight.scorer(leaf);
      NumericDocValues ties = DocValues.getNumeric(leaf.reader(), PassageFields.TIE);
      SortedDocValues documents = DocValues.getSorted(leaf.reader(), PassageFields.DOCUMENT);
      Scorer nameScorer = nameWeight == null ? null : nameWeight.scorer(leaf);
      Embeddings meanings = Embeddings.of(leaf.reader(), PassageFields.vector(language));
      for (int doc : Arrays.copyOfRange(docs, from, to)) {
        Double known = words.get(doc);
        double word = known != null ? known : score(scorer, doc - leaf.docBase);
        float[] held = vector == null ? null : meanings.next(doc - leaf.docBase);
        double meaning = held == null ? Double.NaN : cosines.of(VectorUtil.dotProduct(held, vector));
        long tie = PassageFields.tieOf(ties, doc - leaf.docBase);
        Map<EvidenceKind, Double> beside = priors(documents, doc - leaf.docBase);
        beside.put(EvidenceKind.NAME, (double) score(nameScorer, doc - leaf.docBase));
        candidates.add(new Fusion.Candidate(doc, tie, word, meaning, beside));
      }
      from = to;
    }
    return candidates;
  }

  /** What is known of a passage's document, whatever is asked. */
  private Map<EvidenceKind, Double> priors(SortedDocValues documents, int doc) throws IOException {
    Map<EvidenceKind, Double> known = new EnumMap<>(EvidenceKind.class);
    if (priors.equals(DocumentPriors.NONE) || !documents.advanceExact(doc)) {
      return known;
    }
    String document = documents.lookupOrd(documents.ordValue()).utf8ToString();
    Instant since = priors.since(document);
    if (since != null) {
      // Whole hours: the same search a moment later has the same scores.
      known.put(EvidenceKind.RECENCY, EvidenceKind.RECENCY.scaled(Duration.between(since, now).toHours() / HOURS_A_DAY));
    }
    known.put(EvidenceKind.USE, EvidenceKind.USE.scaled(priors.use(document, query.access(), now)));
    return known;
  }

  private Weight weight(org.apache.lucene.search.Query wanted) throws IOException {
    return searcher.createWeight(searcher.rewrite(wanted), ScoreMode.COMPLETE, 1);
  }

  private LeafReaderContext leaf(int doc) {
    List<LeafReaderContext> leaves = searcher.getIndexReader().leaves();
    return leaves.get(ReaderUtil.subIndex(doc, leaves));
  }

  /** Documents must be asked for in ascending order. */
  private static double score(@Nullable Scorer scorer, int doc) throws IOException {
    if (scorer == null) {
      return 0;
    }
    int at = scorer.docID();
    if (at < doc) {
      at = scorer.iterator().advance(doc);
    }
    return at == doc ? scorer.score() : 0;
  }

  /** Lets at most so many passages of a document stand ahead of other documents' ones, and merges near repeats. */
  private List<Hit> spread(List<Fusion.Fused> ranked) throws IOException {
    var stored = searcher.storedFields();
    Map<String, Integer> taken = new HashMap<>();
    NearRepeats hits = new NearRepeats(settings.repeatFrom());
    for (Fusion.Fused fused : ranked) {
      if (hits.early() == query.limit()) {
        break;
      }
      Passage passage = PassageFields.passage(stored.document(fused.doc()));
      Hit hit = new Hit(passage, fused.score(), fused.evidence());
      if (!hits.repeats(hit)) {
        boolean early = taken.merge(passage.documentId(), 1, Integer::sum) <= settings.perDocument();
        hits.add(hit, !early);
      }
    }
    return hits.hits(query.limit());
  }

  private org.apache.lucene.search.Query filtered(org.apache.lucene.search.Query wanted) {
    return filter == null
        ? wanted
        : new BooleanQuery.Builder()
            .add(wanted, BooleanClause.Occur.MUST)
            .add(filter, BooleanClause.Occur.FILTER)
            .build();
  }

  private org.apache.lucene.search.@Nullable Query filter(Query query, Sight sight) {
    BooleanQuery.Builder all = new BooleanQuery.Builder();
    var visible = sight.filter();
    if (visible != null) {
      all.add(visible, BooleanClause.Occur.FILTER);
    }
    addValidity(all);
    if (query.language() != null) {
      all.add(
          new TermQuery(new Term(PassageFields.LANGUAGE, query.language().code())),
          BooleanClause.Occur.FILTER);
    }
    if (!query.documentPrefix().isEmpty()) {
      all.add(
          new PrefixQuery(new Term(PassageFields.DOCUMENT, query.documentPrefix())),
          BooleanClause.Occur.FILTER);
    }
    BooleanQuery filter = all.build();
    return filter.clauses().isEmpty() ? null : filter;
  }

  /** Most domains have no document whose time is limited: their searches stay as they are. */
  private void addValidity(BooleanQuery.Builder all) {
    long millis = now.toEpochMilli();
    boolean limited = false;
    for (LeafReaderContext leaf : searcher.getIndexReader().leaves()) {
      FieldInfos fields = leaf.reader().getFieldInfos();
      limited |= fields.fieldInfo(PassageFields.VALID_FROM) != null || fields.fieldInfo(PassageFields.VALID_UNTIL) != null;
    }
    if (limited) {
      all.add(LongPoint.newRangeQuery(PassageFields.VALID_UNTIL, Long.MIN_VALUE, millis), BooleanClause.Occur.MUST_NOT);
      all.add(LongPoint.newRangeQuery(PassageFields.VALID_FROM, millis + 1, Long.MAX_VALUE), BooleanClause.Occur.MUST_NOT);
      all.add(new MatchAllDocsQuery(), BooleanClause.Occur.FILTER);
    }
  }
}
