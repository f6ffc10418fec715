// SPDX-License-Identifier: Apache-2.0
package io.millrace.cli.simulate;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.random.RandomGenerator;

/** What the domain holds, as far as searches of the public API tell: pages by library and language. */
final class KnownPages {

  private static final List<String> PROBES =
      List.of(
          "index writer", "consumer poll", "parse document", "configuration property", "string utility", "thread pool",
          "stream operator", "exception", "date format", "cache", "builder", "listener", "serializer", "connection",
          "分页查询", "登录校验", "读取表格", "配置中心", "字符串工具", "日期转换", "缓存", "拦截器", "唐诗", "春天");
  private static final int HITS = 20;

  private final Map<String, List<Page>> byInterest;

  private KnownPages(Map<String, List<Page>> byInterest) {
    this.byInterest = byInterest;
  }

  /**
   * Asks the gateway what there is.
   *
   * @throws IllegalStateException when it finds nothing at all
   */
  static KnownPages discover(GatewayClient client) throws InterruptedException {
    Map<String, Page> pages = new TreeMap<>();
    for (String probe : PROBES) {
      client.find(probe, HITS).forEach(page -> pages.putIfAbsent(page.document(), page));
    }
    if (pages.isEmpty()) {
      throw new IllegalStateException("search finds nothing: build a domain with 'millrace up' before simulating its users");
    }
    return of(List.copyOf(pages.values()));
  }

  static KnownPages of(List<Page> pages) {
    Map<String, List<Page>> byInterest = new TreeMap<>();
    for (Page page : pages) {
      byInterest.computeIfAbsent(interest(page), key -> new ArrayList<>()).add(page);
    }
    return new KnownPages(byInterest);
  }

  /** Returns what a person can be interested in: a library in a language. */
  List<String> interests() {
    return List.copyOf(byInterest.keySet());
  }

  /** Returns a page that a person with this interest might look for. */
  Page any(String interest, RandomGenerator random) {
    List<Page> pages = byInterest.getOrDefault(interest, List.of());
    if (pages.isEmpty()) {
      throw new IllegalArgumentException("nobody can be interested in '" + interest + "'; known: " + interests());
    }
    return pages.get(random.nextInt(pages.size()));
  }

  int size() {
    return byInterest.values().stream().mapToInt(List::size).sum();
  }

  static String interest(Page page) {
    return page.library() + " (" + page.language().code() + ")";
  }

}
