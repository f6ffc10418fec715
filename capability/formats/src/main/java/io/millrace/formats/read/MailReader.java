// SPDX-License-Identifier: Apache-2.0
package io.millrace.formats.read;

import io.millrace.formats.draft.Draft;
import io.millrace.formats.draft.UnreadableFile;
import io.millrace.formats.text.Decoded;
import org.apache.james.mime4j.dom.BinaryBody;
import org.apache.james.mime4j.dom.Body;
import org.apache.james.mime4j.dom.Entity;
import org.apache.james.mime4j.dom.Message;
import org.apache.james.mime4j.dom.Multipart;
import org.apache.james.mime4j.dom.SingleBody;
import org.apache.james.mime4j.dom.TextBody;
import org.apache.james.mime4j.dom.address.Address;
import org.apache.james.mime4j.dom.address.AddressList;
import org.apache.james.mime4j.field.address.AddressFormatter;
import org.apache.james.mime4j.message.DefaultMessageBuilder;
import org.apache.james.mime4j.message.DefaultMessageWriter;
import org.apache.james.mime4j.stream.MimeConfig;
import org.jspecify.annotations.Nullable;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;

/**
 * E-mail (RFC 5322, MIME): the subject is the title; from, to and date are attributes; what a reply quotes is a section of its
 * own; attachments are files of their own. Of two versions of a text the plain one is read.
 */
final class MailReader implements FormatReader {

  private static final Pattern QUOTE_BEGINS =
      Pattern.compile(
          "(?i)\\s*(-{2,}\\s*(original message|forwarded message|原始邮件|原始郵件|转发邮件|轉寄郵件).*|on .{4,200} wrote:|(在|于).{4,200}写道[：:]|发件人[：:].*)\\s*");

  @Override
  public void read(FileContent file, Draft draft) throws IOException, UnreadableFile {
    DefaultMessageBuilder builder = new DefaultMessageBuilder();
    builder.setMimeEntityConfig(
        new MimeConfig.Builder().setStrictParsing(false).setMaxLineLen(-1).setMaxHeaderLen(100_000).setMaxHeaderCount(2_000).build());
    Message message = builder.parseMessage(new ByteArrayInputStream(file.bytes()));
    if (message.getHeader() == null || message.getHeader().getFields().isEmpty()) {
      throw new UnreadableFile("it is no e-mail: it has no header");
    }
    head(message, draft);
    entity(message, draft, 0);
  }

  private static void head(Message message, Draft draft) {
    draft.documentKind("mail");
    draft.title(Objects.requireNonNullElse(message.getSubject(), ""));
    draft.attribute("from", addresses(message.getFrom() == null ? null : new AddressList(message.getFrom(), true)));
    draft.attribute("to", addresses(message.getTo()));
    draft.attribute("cc", addresses(message.getCc()));
    draft.attribute("date", message.getDate() == null ? "" : message.getDate().toInstant().toString());
    draft.attribute("messageId", message.getMessageId());
  }

  private static String addresses(@Nullable AddressList list) {
    StringBuilder all = new StringBuilder();
    for (Address address : list == null ? List.<Address>of() : list) {
      all.append(all.isEmpty() ? "" : ", ");
      AddressFormatter.DEFAULT.format(all, address, false);
    }
    return all.toString();
  }

  private static void entity(Entity entity, Draft draft, int depth) throws IOException {
    if (depth > 20) {
      draft.leftOut("parts nested more than 20 deep were left out");
      return;
    }
    Body body = entity.getBody();
    String name = entity.getFilename();
    switch (body) {
      case Message inner -> attach(name == null ? "forwarded.eml" : name, written(inner), draft);
      case Multipart parts -> parts(entity, parts, draft, depth);
      case TextBody text when name == null && !"attachment".equalsIgnoreCase(entity.getDispositionType()) -> text(entity, text, draft);
      case SingleBody single -> attach(name == null ? unnamed(entity) : name, bytes(single, draft), draft);
      case null, default -> {
        // A part without content.
      }
    }
  }

  private static void parts(Entity entity, Multipart parts, Draft draft, int depth) throws IOException {
    List<Entity> chosen = new ArrayList<>(parts.getBodyParts());
    if ("multipart/alternative".equalsIgnoreCase(entity.getMimeType())) {
      chosen.stream().filter(part -> "text/plain".equalsIgnoreCase(part.getMimeType())).findFirst().ifPresent(plain -> {
        chosen.clear();
        chosen.add(plain);
      });
    }
    for (Entity part : chosen) {
      entity(part, draft, depth + 1);
    }
  }

  private static void text(Entity entity, TextBody body, Draft draft) throws IOException {
    byte[] bytes = bytes(body, draft);
    Decoded decoded = Decoded.of(bytes, entity.getCharset());
    if (!decoded.encoding().equals("UTF-8") && !decoded.encoding().equals("US-ASCII")) {
      draft.attribute("encoding", decoded.encoding());
    }
    if ("text/html".equalsIgnoreCase(entity.getMimeType())) {
      try {
        HtmlReader.page(decoded.text(), draft);
      } catch (UnreadableFile e) {
        draft.leftOut("a part in HTML was left out: " + e.getMessage());
      }
      return;
    }
    plain(decoded.text(), draft);
  }

  /** Lines of the reply, and what it quotes as a section behind it. */
  private static void plain(String text, Draft draft) {
    List<String> quoted = new ArrayList<>();
    boolean below = false;
    for (String line : (Iterable<String>) text.lines()::iterator) {
      if (line.equals("-- ")) {
        draft.heading("Signature", "signature");
      }
      below |= QUOTE_BEGINS.matcher(line).matches();
      if (below || line.startsWith(">")) {
        quoted.add(line.replaceFirst("^[> ]+", ""));
      } else {
        draft.lines(line);
      }
    }
    if (!quoted.isEmpty()) {
      draft.heading("Quoted", "quoted", "quote");
      quoted.forEach(draft::lines);
      draft.heading("", "more");
    }
  }

  private static byte[] bytes(SingleBody body, Draft draft) throws IOException {
    try (InputStream in = body instanceof BinaryBody binary ? binary.getInputStream() : ((TextBody) body).getInputStream()) {
      return in.readNBytes(draft.budget().bytesLeft() + 1);
    }
  }

  private static byte[] written(Message message) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    new DefaultMessageWriter().writeMessage(message, out);
    return out.toByteArray();
  }

  private static String unnamed(Entity entity) {
    return switch (Objects.requireNonNullElse(entity.getMimeType(), "")) {
      case "text/plain" -> "attachment.txt";
      case "text/html" -> "attachment.html";
      case "text/csv" -> "attachment.csv";
      case "application/pdf" -> "attachment.pdf";
      default -> "attachment";
    };
  }

  private static void attach(String name, byte[] content, Draft draft) {
    draft.attachments().take(name, content);
  }
}
