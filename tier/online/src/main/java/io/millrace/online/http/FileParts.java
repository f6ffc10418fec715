// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.http;

import io.millrace.core.time.Deadline;
import jakarta.servlet.http.HttpServletRequest;
import org.apache.tomcat.util.http.fileupload.FileItemIterator;
import org.apache.tomcat.util.http.fileupload.FileItemStream;
import org.apache.tomcat.util.http.fileupload.FileUpload;
import org.apache.tomcat.util.http.fileupload.FileUploadException;
import org.apache.tomcat.util.http.fileupload.impl.FileUploadIOException;
import org.apache.tomcat.util.http.fileupload.impl.InvalidContentTypeException;
import org.apache.tomcat.util.http.fileupload.impl.SizeException;
import org.apache.tomcat.util.http.fileupload.servlet.ServletRequestContext;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The parts of a {@code multipart/form-data} body, one after the other as they arrive, within limits of size and time. Spring's own
 * handling of files is off, since it would store those of strangers before anybody asks for a key.
 */
public final class FileParts {

  private static final int LONGEST_FIELD = 512;
  private static final int LARGEST_HEADER = 4_096;
  private static final int CHUNK = 64 * 1024;

  private final FileItemIterator parts;
  private final Deadline deadline;
  private final long largest;
  private @Nullable FileItemStream part;

  private FileParts(FileItemIterator parts, long largest, Deadline deadline) {
    this.parts = parts;
    this.largest = largest;
    this.deadline = deadline;
  }

  /**
   * Begins to receive a body.
   *
   * @param largest bytes of the whole body
   * @throws Refusal when it is no such body, or says that it is larger
   */
  public static FileParts of(HttpServletRequest request, long largest, Deadline deadline) throws IOException {
    if (request.getContentLengthLong() > largest) {
      throw tooLarge(largest);
    }
    FileUpload upload = new FileUpload();
    upload.setHeaderEncoding(StandardCharsets.UTF_8.name());
    upload.setPartHeaderSizeMax(LARGEST_HEADER);
    upload.setSizeMax(largest);
    try {
      return new FileParts(upload.getItemIterator(new ServletRequestContext(request)), largest, deadline);
    } catch (InvalidContentTypeException e) {
      throw Refusal.of(415, "the body is not sent as multipart/form-data: send files, for example with curl -F file=@report.pdf");
    } catch (FileUploadException e) {
      throw broken(e, largest);
    }
  }

  /**
   * Goes to the next part.
   *
   * @return whether there is one
   * @throws Refusal when the body breaks off, is too large or too slow
   */
  public boolean next() {
    try {
      if (!parts.hasNext()) {
        return false;
      }
      part = parts.next();
      return true;
    } catch (IOException e) {
      throw broken(e, largest);
    }
  }

  /** Returns the name of the field that the part is. */
  public String field() {
    String name = current().getFieldName();
    return name == null ? "" : name;
  }

  /** Returns the name of the part's file; empty where it is a plain field, or a form's field for files was left empty. */
  public String fileName() {
    String name = current().getName();
    return name == null ? "" : name;
  }

  /** Returns whether the part is a plain field. */
  public boolean isPlain() {
    return current().isFormField();
  }

  /**
   * Receives a plain field's text.
   *
   * @throws Refusal when it is longer than 512 bytes
   */
  public String text() {
    try (InputStream in = current().openStream()) {
      byte[] bytes = in.readNBytes(LONGEST_FIELD + 1);
      if (bytes.length > LONGEST_FIELD) {
        throw Refusal.tooLong(field(), field() + " has more than " + LONGEST_FIELD + " bytes");
      }
      return new String(bytes, StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw broken(e, largest);
    }
  }

  /**
   * Receives a file; more than one byte beyond the most is not kept.
   *
   * @param target is written anew
   * @throws Refusal when the body breaks off, is too large or too slow
   * @throws IOException when it cannot be written
   */
  public void store(Path target, int most) throws IOException {
    byte[] chunk = new byte[CHUNK];
    long left = most + 1L;
    try (OutputStream out = Files.newOutputStream(target)) {
      InputStream in = open();
      for (int read = read(in, chunk); read >= 0; read = read(in, chunk)) {
        int kept = (int) Math.min(read, left);
        out.write(chunk, 0, kept);
        left -= kept;
        if (deadline.expired()) {
          throw Refusal.slowBody("the files did not arrive in the time that a request has");
        }
      }
    }
  }

  private InputStream open() {
    try {
      return current().openStream();
    } catch (IOException e) {
      throw broken(e, largest);
    }
  }

  /** Tells a body that broke off, which is the client's doing, from a disk that is full. */
  private int read(InputStream in, byte[] chunk) {
    try {
      return in.read(chunk);
    } catch (IOException e) {
      throw broken(e, largest);
    }
  }

  private FileItemStream current() {
    FileItemStream now = part;
    if (now == null) {
      throw new IllegalStateException("next() was not called");
    }
    return now;
  }

  private static Refusal broken(Exception e, long largest) {
    Throwable cause = e instanceof FileUploadIOException && e.getCause() != null ? e.getCause() : e;
    return cause instanceof SizeException
        ? tooLarge(largest)
        : Refusal.of(400, "the body is no intact multipart/form-data, or it broke off");
  }

  private static Refusal tooLarge(long largest) {
    return Refusal.tooLarge("the body has more than " + largest + " bytes: send fewer or smaller files at once, or raise gateway.files.fileBytes");
  }
}
