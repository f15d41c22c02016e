using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Gatehouse.Engine.Configuration;
using Gatehouse.Problems;
using Gatehouse.Protocols.Multipart;
using Gatehouse.Protocols.Zip;

namespace Gatehouse.Engine.IgniteRest;

/// <summary>
/// The files of a deployment unit: names are checked before a byte of theirs goes on, contents while they pass, and each part is written
/// anew, between boundaries that the client cannot know. The boundary behind a file is written once its check is done.
/// </summary>
/// <param name="settings">Limits, and which files may be uploaded.</param>
/// <param name="isZip">Whether it is one zip archive that the node unpacks.</param>
/// <param name="boundary">Boundary of what is written.</param>
/// <param name="output">Where it is written.</param>
internal sealed class UnitParts(IgniteRestConfiguration settings, bool isZip, string boundary, ArrayBufferWriter<byte> output) : IMultipartSink, IDisposable
{
    /// <summary>The one field (Ignite's REST API, deployment).</summary>
    private const string Field = "unitContent";

    // Of a record's message 8 KiB are written.
    private const int MaxNote = 7 * 1024;

    // Parsers of headers take what is not here in different ways, and no unit needs it.
    private static readonly SearchValues<char> InNames =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-+@()[]{}!#$&^~ ");

    private readonly EntryNames _names = new();
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly List<Artifact> _done = [];
    private ZipCheck? _zip;
    private string _name = "";
    private long _length;

    /// <summary>Why it ended; null so far.</summary>
    public UnitFault? Fault { get; private set; }

    /// <inheritdoc/>
    public bool Begin(MultipartPart part)
    {
        if (part.Name != Field || part.FileName is not { } name)
        {
            return Refuse(IgniteRestProblems.BadUpload, part.Name != Field ? "multipart_field" : "multipart_no_file");
        }

        if (!EntryNames.IsPlain(name) || name.AsSpan().ContainsAnyExcept(InNames))
        {
            return Refuse(IgniteRestProblems.FileName, "file_name");
        }

        if (_names.Add(Encoding.ASCII.GetBytes(name), isUtf8: false, out _) != ZipError.None)
        {
            return Refuse(IgniteRestProblems.FileName, "file_name_twice");
        }

        if (isZip && _done.Count > 0)
        {
            return Refuse(IgniteRestProblems.BadUpload, "zip_several_files");
        }

        _name = name;
        _length = 0;
        _zip = isZip ? new ZipCheck(new ZipLimits { MaxEntries = settings.MaxEntries, MaxUnpacked = settings.MaxUnpacked }) : null;
        Write(_done.Count == 0 ? "--" : "\r\n--");
        Write($"{boundary}\r\nContent-Disposition: form-data; name=\"{Field}\"; filename=\"{name}\"\r\nContent-Type: application/octet-stream\r\n\r\n");
        return true;
    }

    /// <inheritdoc/>
    public bool Data(ReadOnlySpan<byte> bytes)
    {
        _length += bytes.Length;
        _hash.AppendData(bytes);
        if (_zip is not null && _zip.Push(bytes) is var error && error != ZipError.None)
        {
            Fault = UnitFault.Of(error);
            return false;
        }

        output.Write(bytes);
        return true;
    }

    /// <inheritdoc/>
    public bool End()
    {
        if (_zip is not null && _zip.Finish() is var error && error != ZipError.None)
        {
            Fault = UnitFault.Of(error);
            return false;
        }

        string hash = Convert.ToHexStringLower(_hash.GetHashAndReset());
        _done.Add(new Artifact(_name, _length, hash));
        return settings.UnitHashes.IsEmpty || settings.UnitHashes.Contains(hash) || Refuse(IgniteRestProblems.NotListed, "file_not_listed", 403);
    }

    /// <summary>The body is whole, and all of it is fine.</summary>
    public void Finish() => Write($"\r\n--{boundary}--\r\n");

    /// <summary>Each file with size and SHA-256, for the record; of very many files the last ones are counted and hashed together.</summary>
    public string? Describe()
    {
        if (_done.Count == 0)
        {
            return null;
        }

        var text = new StringBuilder();
        for (int i = 0; i < _done.Count; i++)
        {
            string line = _done[i].Describe();
            if (text.Length + line.Length > MaxNote)
            {
                string rest = string.Join("; ", _done.Skip(i).Select(static d => d.Describe()));
                string hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(rest)));
                return string.Create(CultureInfo.InvariantCulture, $"{text}; {_done.Count - i} more, sha256 of their list {hash}");
            }

            text.Append(i == 0 ? "" : "; ").Append(line);
        }

        return text.ToString();
    }

    /// <inheritdoc/>
    public void Dispose() => _hash.Dispose();

    private bool Refuse(ProblemDefinition problem, string reason, int status = 400)
    {
        Fault = new UnitFault(status, problem, reason);
        return false;
    }

    private void Write(string ascii) => Encoding.ASCII.GetBytes(ascii, output);

    private sealed record Artifact(string Name, long Length, string Hash)
    {
        public string Describe() => string.Create(CultureInfo.InvariantCulture, $"{Name}, {Length} bytes, sha256 {Hash}");
    }
}
