// SPDX-License-Identifier: Apache-2.0
package io.millrace.formats.read;

import io.millrace.formats.draft.Draft;
import io.millrace.formats.draft.UnreadableFile;
import org.apache.tika.exception.EncryptedDocumentException;
import org.apache.tika.exception.TikaException;
import org.apache.tika.exception.WriteLimitReachedException;
import org.apache.tika.extractor.EmbeddedDocumentExtractor;
import org.apache.tika.io.TikaInputStream;
import org.apache.tika.metadata.Metadata;
import org.apache.tika.metadata.TikaCoreProperties;
import org.apache.tika.parser.AutoDetectParser;
import org.apache.tika.parser.ParseContext;
import org.apache.tika.parser.epub.EpubParser;
import org.apache.tika.parser.microsoft.OfficeParser;
import org.apache.tika.parser.microsoft.rtf.RTFParser;
import org.apache.tika.parser.odf.OpenDocumentParser;
import org.apache.tika.sax.ToHTMLContentHandler;
import org.apache.tika.sax.WriteOutContentHandler;
import org.xml.sax.ContentHandler;
import org.xml.sax.SAXException;

import java.io.IOException;
import java.io.InputStream;

/**
 * Office's formats from before 2007, Outlook's messages, RTF, OpenDocument and EPUB through Tika, whose XHTML is then read like a
 * page. Tika's guard against zip bombs and deep nesting is on.
 */
final class OfficeReader implements FormatReader {

  @Override
  public void read(FileContent file, Draft draft) throws IOException, UnreadableFile {
    AutoDetectParser parser = new AutoDetectParser(new OfficeParser(), new RTFParser(), new OpenDocumentParser(), new EpubParser());
    Metadata metadata = new Metadata();
    metadata.set(TikaCoreProperties.RESOURCE_NAME_KEY, file.name());
    ParseContext context = new ParseContext();
    context.set(EmbeddedDocumentExtractor.class, new Embedded(draft));
    ToHTMLContentHandler html = new ToHTMLContentHandler();
    boolean whole = true;
    try (TikaInputStream in = TikaInputStream.get(file.bytes())) {
      parser.parse(in, new WriteOutContentHandler(html, draft.budget().limits().characters()), metadata, context);
    } catch (EncryptedDocumentException e) {
      throw new UnreadableFile("it is protected by a password: save it anew without one");
    } catch (TikaException e) {
      throw new UnreadableFile("it is no intact file of its kind: " + e.getMessage());
    } catch (SAXException e) {
      if (!WriteLimitReachedException.isWriteLimitReached(e)) {
        throw new UnreadableFile("it is no intact file of its kind: " + e.getMessage());
      }
      whole = false;
    }
    String title = metadata.get(TikaCoreProperties.TITLE);
    draft.attribute("author", metadata.get(TikaCoreProperties.CREATOR));
    draft.attribute("modified", metadata.get(TikaCoreProperties.MODIFIED));
    HtmlReader.page(html.toString(), draft);
    draft.suggestTitle(title == null ? "" : title);
    if (!whole) {
      draft.leftOut("its text beyond " + draft.budget().limits().characters() + " characters was left out (limit characters)");
    }
  }

  /** Hands over the files within. */
  private record Embedded(Draft draft) implements EmbeddedDocumentExtractor {
    @Override
    public boolean shouldParseEmbedded(Metadata metadata) {
      String name = metadata.get(TikaCoreProperties.RESOURCE_NAME_KEY);
      return name != null && FileKind.known(name);
    }

    @Override
    public void parseEmbedded(InputStream stream, ContentHandler handler, Metadata metadata, boolean outputHtml) throws IOException {
      String name = metadata.get(TikaCoreProperties.RESOURCE_NAME_KEY);
      if (name != null) {
        draft.attachments().take(name, stream.readNBytes(draft.budget().bytesLeft() + 1));
      }
    }
  }
}
