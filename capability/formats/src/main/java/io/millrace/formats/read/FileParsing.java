// SPDX-License-Identifier: Apache-2.0
package io.millrace.formats.read;

import io.millrace.core.document.Document;
import io.millrace.core.document.HiddenText;
import io.millrace.core.log.DeadLetter;
import io.millrace.core.spi.FileFormats.Place;
import io.millrace.core.spi.FileFormats.Reading;
import io.millrace.formats.draft.Budget;
import io.millrace.formats.draft.Draft;
import io.millrace.formats.draft.EnoughRead;
import io.millrace.formats.draft.FormatLimits;
import io.millrace.formats.draft.Identity;
import io.millrace.formats.draft.UnreadableFile;
import io.millrace.formats.draft.Written;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * Reads one file with everything in it, in this process and on this thread: whoever cannot trust the file calls it in a process
 * that may be killed.
 */
public final class FileParsing {

  private static final int EXCERPT = 500;

  /** An identity has at most 512 characters; this leaves room for numbers and parts. */
  private static final int LONGEST_ID = 480;

  private final Place place;
  private final Budget budget;
  private final List<Document> documents = new ArrayList<>();
  private final List<DeadLetter> lost = new ArrayList<>();
  private final Set<String> identities = new HashSet<>();

  private FileParsing(Place place, FormatLimits limits) {
    this.place = place;
    this.budget = new Budget(limits);
  }

  /**
   * Reads a file; what cannot be read is among the result's dead letters. A file's own documents stand before those of the files in
   * it.
   */
  public static Reading read(byte[] content, Place place, FormatLimits limits) {
    FileParsing parsing = new FileParsing(place, limits);
    parsing.file(place.name(), place.name(), name -> identity(place.library(), name), content, 0);
    return new Reading(parsing.documents, parsing.lost);
  }

  /** Returns the identity of a file's first document; those of the others begin with it and a slash. */
  public static String identity(Place place) {
    return identity(place.library(), place.name());
  }

  private static String identity(String library, String name) {
    return (library.isEmpty() ? "" : library + "/") + Identity.ofFile(name);
  }

  /**
   * Reads a file.
   *
   * @param name the whole file's path, or an attachment's name
   * @param shown how dead letters call it: {@code mail.eml!report.pdf}
   * @param identities of it and of the files beside it, by their names
   */
  private void file(String name, String shown, UnaryOperator<String> identities, byte[] content, int depth) {
    String id = identities.apply(name);
    FileKind kind = FileKind.of(name);
    int own = documents.size();
    int before = own + lost.size();
    try {
      if (kind == null) {
        throw new UnreadableFile(FileKind.unknown(name));
      }
      if (depth > budget.limits().depth()) {
        throw new UnreadableFile("it lies more than " + budget.limits().depth() + " files deep (limit depth)");
      }
      Draft draft = new Draft(budget, new Inner(shown, id, depth), kind.targets(name, identities, depth == 0 ? beside() : null));
      String broken = kind(kind, name, content, draft);
      Written written = draft.written(Identity.stem(name.substring(name.lastIndexOf('/') + 1)));
      written.leftOut().forEach(what -> lose(shown, what, ""));
      if (!written.sections().isEmpty()) {
        // What is in it was read meanwhile and stands behind it.
        documents.addAll(
            own, written.documents(unique(id), new Place(place.library(), name(name, depth), place.source(), place.updatedAt())));
        if (!broken.isEmpty()) {
          lose(shown, broken + "; what stood before that was kept", excerpt(content));
        }
      } else if (!broken.isEmpty()) {
        throw new UnreadableFile(broken);
      } else if (documents.size() + lost.size() == before + written.leftOut().size()) {
        throw new UnreadableFile(HiddenText.of(written.attributes()) != null ? "all of its text is hidden from readers" : "it holds no text");
      }
    } catch (UnreadableFile e) {
      lose(shown, e.getMessage(), excerpt(content));
    } catch (RuntimeException e) {
      lose(shown, broken(e), excerpt(content));
    }
  }

  /** Returns identities of files of the libraries that lie beside the file's; null for a file of none. */
  private @Nullable UnaryOperator<String> beside() {
    String library = place.library();
    String above = library.substring(0, Math.max(0, library.lastIndexOf('/')));
    return library.isEmpty() ? null : name -> identity(above, name);
  }

  /** Reads into a draft, and returns where that ended too early: what was read until then is worth keeping. */
  private static String kind(FileKind kind, String name, byte[] content, Draft draft) throws UnreadableFile {
    try {
      kind.read(new FileContent(name.substring(name.lastIndexOf('/') + 1), content), draft);
      return "";
    } catch (EnoughRead e) {
      return ""; // the draft has said what is left out
    } catch (IOException | RuntimeException e) {
      return broken(e);
    } catch (StackOverflowError e) {
      return "it is nested too deeply";
    }
  }

  private static String broken(Exception e) {
    return "it is broken: " + (e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage());
  }

  /** Attachments keep the folder of the file that they are in. */
  private String name(String name, int depth) {
    return depth == 0 ? name : place.name() + "/" + name;
  }

  private String unique(String id) {
    String chosen = id;
    for (int i = 2; !identities.add(chosen); i++) {
      chosen = id + "-" + i;
    }
    return chosen;
  }

  private void lose(String shown, String reason, String excerpt) {
    if (lost.size() < budget.limits().attachments() * 2) {
      lost.add(new DeadLetter(shown, reason, excerpt, Instant.now()));
    }
  }

  /** The beginning of what is text; nothing of what is not. */
  private static String excerpt(byte[] content) {
    byte[] beginning = Arrays.copyOf(content, Math.min(content.length, EXCERPT));
    for (byte b : beginning) {
      if (b >= 0 && b < 9) {
        return "";
      }
    }
    return new String(beginning, StandardCharsets.UTF_8);
  }

  /** The files within a file. */
  private final class Inner implements Draft.Attachments {
    private final String shown;
    private final String id;
    private final int depth;

    Inner(String shown, String id, int depth) {
      this.shown = shown;
      this.id = id;
      this.depth = depth;
    }

    @Override
    public void take(String name, byte[] content) {
      try {
        budget.attachment(content.length);
      } catch (UnreadableFile e) {
        lose(name, e.getMessage());
        return;
      }
      file(name, shown + "!" + name, this::within, content, depth + 1);
    }

    @Override
    public void lose(String name, String reason) {
      FileParsing.this.lose(shown + "!" + name, reason, "");
    }

    /** The identity of an attachment begins with the whole file's; what follows would grow without end in files deep within files. */
    private String within(String name) {
      String root = identity(place);
      String own = Identity.ofFile(name);
      String behind = id.substring(root.length()) + "/" + (own.isEmpty() ? "attachment" : own);
      int room = Math.max(LONGEST_ID - root.length(), 10);
      return root
          + (behind.length() <= room ? behind : behind.substring(0, room - 9) + "-" + Integer.toHexString(behind.hashCode()));
    }
  }
}
