using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Gatehouse.Testing.Ipfs.State;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;

namespace Gatehouse.Testing.Ipfs.Serving;

/// <summary>One thing that was added.</summary>
/// <param name="Name">Its path within what was sent.</param>
/// <param name="Cid">Its CID.</param>
/// <param name="Size">Its bytes.</param>
internal sealed record Added(string Name, string Cid, long Size);

/// <summary>How an upload is read.</summary>
/// <param name="CidVersion">0 or 1.</param>
/// <param name="Wrap">Puts all into a directory.</param>
/// <param name="IsCar">The body is one CAR file.</param>
/// <param name="KeptContent">Longer content is hashed and forgotten.</param>
internal sealed record UploadOptions(int CidVersion, bool Wrap, bool IsCar, int KeptContent);

/// <summary>Reads the multipart body of an add, part by part.</summary>
internal sealed partial class Upload(Blobs blobs, UploadOptions options)
{
    private const int Step = 64 * 1024;
    private readonly Dictionary<string, Dictionary<string, string>> _directories = new(StringComparer.Ordinal);

    /// <summary>Is told after each 64 KB that were read: the file's name and how far it is.</summary>
    public Func<string, long, Task<bool>>? Progress { get; init; }

    /// <summary>Reports every file as soon as it is read, then the directories from the inside out; false from <paramref name="report"/> ends it.</summary>
    public async Task<Added?> ReadAsync(string? contentType, Stream body, Func<Added, Task<bool>> report)
    {
        string boundary = Boundary(contentType) ?? throw new InvalidDataException("request Content-Type isn't multipart/form-data");
        var reader = new MultipartReader(boundary, body, Step) { HeadersCountLimit = 64, HeadersLengthLimit = 64 * 1024 };
        Added? last = null;
        while (await reader.ReadNextSectionAsync() is { } section)
        {
            string name = Name(section);
            if (section.ContentType == "application/x-directory")
            {
                Make(name);
                continue;
            }

            last = await ReadFileAsync(section.Body, name);
            Enter(name, last.Cid);
            if (!await report(last))
            {
                return null;
            }
        }

        foreach (string directory in _directories.Keys.OrderByDescending(d => d.Length == 0 ? 0 : d.Split('/').Length).ToList())
        {
            Dictionary<string, string> entries = _directories[directory];
            string listing = string.Join('\n', entries.OrderBy(e => e.Key, StringComparer.Ordinal).Select(e => e.Key + " " + e.Value));
            last = new Added(directory, Cids.OfHash(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes("directory\n" + listing)), options.CidVersion), listing.Length);
            blobs.KeepDirectory(last.Cid, entries);
            Enter(directory, last.Cid);
            if (!await report(last))
            {
                return null;
            }
        }

        return last;
    }

    public static string? Boundary(string? contentType) =>
        MediaTypeHeaderValue.TryParse(contentType, out MediaTypeHeaderValue? type) && type.MediaType.StartsWith("multipart/", StringComparison.OrdinalIgnoreCase)
            && HeaderUtilities.RemoveQuotes(type.Boundary).Value is { Length: > 0 } boundary ? boundary : null;

    private static string Name(MultipartSection section)
    {
        Match match = FileName().Match(section.ContentDisposition ?? "");
        return match.Success ? GoTarget.Decode(match.Groups[1].Value, isQuery: true) ?? match.Groups[1].Value : "";
    }

    private void Enter(string name, string cid)
    {
        if (Parent(name) is { } directory)
        {
            Make(directory);
            _directories[directory][name[(name.LastIndexOf('/') + 1)..]] = cid;
        }
    }

    private void Make(string directory)
    {
        if (_directories.TryAdd(directory, []) && Parent(directory) is { } parent)
        {
            Make(parent);
        }
    }

    private string? Parent(string name)
    {
        int slash = name.LastIndexOf('/');
        return name.Length == 0 || (slash < 0 && !options.Wrap) ? null : slash < 0 ? "" : name[..slash];
    }

    private async Task<Added> ReadFileAsync(Stream content, string name)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var kept = new MemoryStream();
        byte[] buffer = new byte[Step];
        long size = 0;
        while (true)
        {
            int read = await content.ReadAtLeastAsync(buffer, Step, throwOnEndOfStream: false);
            hash.AppendData(buffer, 0, read);
            size += read;
            if (size <= options.KeptContent)
            {
                kept.Write(buffer, 0, read);
            }

            if (Progress is not null && !await Progress(name, size))
            {
                throw new OperationCanceledException();
            }

            if (read < Step)
            {
                break;
            }
        }

        byte[] bytes = kept.ToArray();
        string cid = options.IsCar ? RootOfCar(bytes) : Cids.OfHash(hash.GetHashAndReset(), options.CidVersion, codec: 0x55);
        if (size <= options.KeptContent)
        {
            blobs.Keep(cid, bytes);
        }

        return new Added(name.Length > 0 ? name : cid, cid, size);
    }

    /// <summary>The one root in a CAR's header: a CBOR map with tag 42 before each CID.</summary>
    private static string RootOfCar(byte[] car)
    {
        ReadOnlySpan<byte> tag = [0xd8, 0x2a, 0x58, 0x25, 0x00];
        int length = car.Length > 0 && car[0] < 0x80 ? car[0] : 0;
        ReadOnlySpan<byte> header = car.AsSpan(Math.Min(1, car.Length), Math.Min(length, Math.Max(0, car.Length - 1)));
        int at = header.IndexOf(tag);
        if (at < 0 || header.Length < at + 41 || header[(at + 5)..].IndexOf(tag) >= 0)
        {
            throw new InvalidDataException("expected 1 root in CAR file");
        }

        ReadOnlySpan<byte> cid = header.Slice(at + 5, 36);
        return Cids.OfHash(cid[4..], version: 1, codec: cid[1]);
    }

    [GeneratedRegex("filename=\"?([^\";]*)\"?", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex FileName();
}
