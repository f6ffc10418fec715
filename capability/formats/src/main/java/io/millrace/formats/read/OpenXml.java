// SPDX-License-Identifier: Apache-2.0
package io.millrace.formats.read;

import io.millrace.formats.draft.Draft;
import io.millrace.formats.draft.UnreadableFile;
import org.apache.poi.openxml4j.exceptions.OpenXML4JException;
import org.apache.poi.openxml4j.exceptions.OpenXML4JRuntimeException;
import org.apache.poi.openxml4j.opc.OPCPackage;
import org.apache.poi.openxml4j.opc.PackagePart;
import org.apache.poi.openxml4j.opc.PackageProperties;
import org.apache.poi.openxml4j.util.ZipSecureFile;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Date;
import java.util.Optional;

/** What the three formats of Office Open XML share: a zip of parts, with POI's guard against zip bombs, and properties. */
final class OpenXml {

  /** A part unpacks to at most so many bytes. */
  private static final long LARGEST_PART = 256L << 20;

  private OpenXml() {}

  static OPCPackage open(FileContent file) throws IOException, UnreadableFile {
    if (file.startsWith(0xD0, 0xCF, 0x11, 0xE0)) {
      throw new UnreadableFile("it is protected by a password, or in Office's format from before 2007: save it anew without a password");
    }
    ZipSecureFile.setMaxEntrySize(LARGEST_PART);
    try {
      return OPCPackage.open(new ByteArrayInputStream(file.bytes()));
    } catch (OpenXML4JException | OpenXML4JRuntimeException e) {
      throw broken(e);
    }
  }

  static UnreadableFile broken(Exception e) {
    return new UnreadableFile("it is no intact Office file: " + e.getMessage());
  }

  /** Takes title, author and times over. */
  static void properties(OPCPackage opc, Draft draft) throws OpenXML4JException {
    PackageProperties properties = opc.getPackageProperties();
    properties.getTitleProperty().ifPresent(draft::suggestTitle);
    properties.getCreatorProperty().ifPresent(author -> draft.attribute("author", author));
    Optional<Date> modified = properties.getModifiedProperty();
    modified.ifPresent(date -> draft.attribute("modified", date.toInstant().toString()));
  }

  /** Hands over the files that are embedded in a document. */
  static void attachments(Iterable<PackagePart> parts, Draft draft) {
    for (PackagePart part : parts) {
      String path = part.getPartName().getName();
      String name = path.substring(path.lastIndexOf('/') + 1);
      if (!FileKind.known(name)) {
        continue;
      }
      try (InputStream in = part.getInputStream()) {
        draft.attachments().take(name, in.readNBytes(draft.budget().bytesLeft() + 1));
      } catch (IOException e) {
        draft.attachments().lose(name, "it cannot be unpacked: " + e.getMessage());
      }
    }
  }
}
