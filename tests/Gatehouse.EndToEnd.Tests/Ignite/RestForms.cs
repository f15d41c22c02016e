using System.IO.Compression;
using System.Text;

namespace Gatehouse.EndToEnd.Tests.Ignite;

/// <summary>Uploads as clients write them, and as they do not.</summary>
internal static class RestForms
{
    public const string ContentType = "multipart/form-data; boundary=b";

    /// <summary>A form with files.</summary>
    public static byte[] Of(params (string Name, byte[] Content)[] files) => Parts([.. files.Select(static f => ($"name=\"unitContent\"; filename=\"{f.Name}\"", f.Content))]);

    /// <summary>A form whose parts have these dispositions.</summary>
    public static byte[] Parts(params (string Disposition, byte[] Content)[] parts)
    {
        using var form = new MemoryStream();
        foreach ((string disposition, byte[] content) in parts)
        {
            form.Write(Encoding.UTF8.GetBytes($"--b\r\nContent-Disposition: form-data; {disposition}\r\nContent-Type: application/octet-stream\r\n\r\n"));
            form.Write(content);
            form.Write("\r\n"u8);
        }

        form.Write("--b--\r\n"u8);
        return form.ToArray();
    }

    /// <summary>An archive with these entries.</summary>
    public static byte[] Zip(params (string Name, string Content)[] entries)
    {
        using var archive = new MemoryStream();
        using (var zip = new ZipArchive(archive, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach ((string name, string content) in entries)
            {
                using Stream entry = zip.CreateEntry(name, CompressionLevel.Optimal).Open();
                entry.Write(Encoding.UTF8.GetBytes(content));
            }
        }

        return archive.ToArray();
    }
}
