// SPDX-License-Identifier: Apache-2.0
package io.millrace.corpus;

import java.util.regex.Pattern;

/** The collections of the npm package {@code chinese-poetry}, told by the names of its files. */
enum PoemCollection {
  TANG("poet\\.tang\\.|唐诗三百首|唐诗补录|yudingquantangshi", "全唐詩", "唐", "詩"),
  SONG("poet\\.song\\.", "全宋詩", "宋", "詩"),
  SONG_LYRICS("songci", "全宋词", "宋", "词"),
  FIVE_DYNASTIES_LYRICS("wudaishici/huajianji", "花间集", "五代", "词"),
  SOUTHERN_TANG_LYRICS("wudaishici/nantang", "南唐二主词", "五代", "词"),
  YUAN_ARIAS("yuanqu", "元曲", "元", "曲"),
  ODES("shijing", "诗经", "先秦", "诗"),
  SONGS_OF_CHU("chuci", "楚辞", "先秦", "辞"),
  CAO_CAO("caocao", "曹操诗集", "汉", "诗"),
  NALAN("nalanxingde", "纳兰性德词", "清", "词"),
  /** What another package, or another version, holds. */
  OTHER("", "", "", "");

  private final Pattern files;
  private final String title;
  private final String dynasty;
  private final String genre;

  PoemCollection(String files, String title, String dynasty, String genre) {
    this.files = Pattern.compile(files);
    this.title = title;
    this.dynasty = dynasty;
    this.genre = genre;
  }

  /** Returns the collection that a file belongs to. */
  static PoemCollection of(String file) {
    for (PoemCollection collection : values()) {
      if (collection.files.matcher(file).find()) {
        return collection;
      }
    }
    return OTHER;
  }

  /** Returns its name, in the script of its poems; empty when unknown. */
  String title() {
    return title;
  }

  /** Returns when its poems were written; empty when unknown. */
  String dynasty() {
    return dynasty;
  }

  /** Returns what its poems are called that have no stricter form; empty when unknown. */
  String genre() {
    return genre;
  }
}
