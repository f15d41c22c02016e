using System.Text;

namespace Gatehouse.Engine.Configuration.Validators;

/// <summary>Reads small files through one handle, so that what was looked at is what was read.</summary>
internal static class BoundedFile
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The text, or null and the end of a sentence that begins with the file.</summary>
    public static string? TryReadText(string path, int maxBytes, out string why)
    {
        byte[]? bytes = TryRead(path, maxBytes, out _, out why);
        if (bytes is null)
        {
            return null;
        }

        try
        {
            return Strict.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            why = "is not valid UTF-8";
            return null;
        }
    }

    /// <summary>The bytes and the mode of the very file they came from.</summary>
    public static byte[]? TryRead(string path, int maxBytes, out UnixFileMode mode, out string why)
    {
        mode = UnixFileMode.None;
        why = "";
        try
        {
            if (!File.Exists(path))
            {
                // A device or a pipe would keep the reader waiting; a folder is no file.
                why = Directory.Exists(path) ? "is a folder" : "does not exist";
                return null;
            }

            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 4096);
            mode = File.GetUnixFileMode(file.SafeFileHandle);
            if (!file.CanSeek || file.Length > maxBytes)
            {
                why = $"is larger than {Quantities.WriteSize(maxBytes)} or no plain file";
                return null;
            }

            byte[] bytes = new byte[file.Length];
            int read = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            return bytes[..read];
        }
        catch (UnauthorizedAccessException)
        {
            why = "may not be read by this user";
        }
        catch (IOException e)
        {
            why = "cannot be read: " + e.Message;
        }

        return null;
    }
}
