using System.Buffers;
using System.Text;
using Gatehouse.Protocols.Multipart;
using static Gatehouse.Fuzz.OracleException;

namespace Gatehouse.Fuzz.Targets;

/// <summary>
/// Forms between the boundary <c>b</c>, in pieces: any split gives the same parts, and what is accepted is, written anew, the same once more. The
/// first byte chooses the split.
/// </summary>
public sealed class MultipartFuzz : IFuzzTarget
{
    private static readonly MultipartLimits Limits = new() { MaxParts = 8, MaxPart = 2048, MaxHeaders = 512 };

    /// <inheritdoc/>
    public string Name => "multipart";

    /// <inheritdoc/>
    public IReadOnlyList<string> Dictionary { get; } =
    [
        "\r\n", "--b", "--b\r\n", "\r\n--b--\r\n", "--", "\r\n\r\n", "Content-Disposition: form-data; ", "Content-Type: ", "Content-Length: 1", "Content-Transfer-Encoding: binary",
        "name=\"unitContent\"", "filename=\"a.jar\"", "filename*=UTF-8''", "; ", "\"", "\\", ":", "\n", "\r",
    ];

    /// <inheritdoc/>
    public void Run(ReadOnlySpan<byte> input)
    {
        if (input.IsEmpty)
        {
            return;
        }

        byte[] body = input[1..].ToArray();
        (MultipartError error, Parts parts) = Read(body, body.Length);
        foreach (int size in (int[])[1, 2 + (input[0] % 97)])
        {
            (MultipartError error2, Parts parts2) = Read(body, size);
            Require(error == error2, "the split makes no difference");
            Require(error != MultipartError.None || parts.Same(parts2), "the split makes no difference to the parts");
        }

        Require(parts.All.Count <= Limits.MaxParts && parts.All.TrueForAll(static p => p.Content.WrittenCount <= Limits.MaxPart), "limits hold");
        if (error != MultipartError.None)
        {
            return;
        }

        Require(parts.All.TrueForAll(static p => p.IsDone), "every part has an end");
        Require(parts.All.TrueForAll(static p => p.Content.WrittenSpan.IndexOf("\r\n--b"u8) < 0), "no boundary is content");
        (error, Parts again) = Read(parts.Write(), int.MaxValue);
        Require(error == MultipartError.None && parts.Same(again), "what was understood is the same once more");
    }

    private static (MultipartError Error, Parts Parts) Read(byte[] body, int size)
    {
        var parts = new Parts();
        var reader = new MultipartReader("b"u8.ToArray(), Limits, parts);
        for (int at = 0; at < body.Length; at += Math.Min(size, body.Length))
        {
            reader.Push(body.AsSpan(at, Math.Min(size, body.Length - at)));
        }

        return (reader.Finish(), parts);
    }

    private sealed class Part(MultipartPart head)
    {
        public MultipartPart Head => head;

        public ArrayBufferWriter<byte> Content { get; } = new();

        public bool IsDone { get; set; }
    }

    private sealed class Parts : IMultipartSink
    {
        public List<Part> All { get; } = [];

        public bool Begin(MultipartPart part)
        {
            Require(All.TrueForAll(static p => p.IsDone), "a part begins after the end of the one before");
            All.Add(new Part(part));
            return true;
        }

        public bool Data(ReadOnlySpan<byte> bytes)
        {
            Require(!All[^1].IsDone, "content lies within a part");
            All[^1].Content.Write(bytes);
            return true;
        }

        public bool End()
        {
            Require(!All[^1].IsDone, "a part ends once");
            return All[^1].IsDone = true;
        }

        public bool Same(Parts other) => All.Count == other.All.Count && All.Zip(other.All).All(static p =>
            p.First.Head.Name == p.Second.Head.Name && p.First.Head.FileName == p.Second.Head.FileName && p.First.Content.WrittenSpan.SequenceEqual(p.Second.Content.WrittenSpan));

        public byte[] Write()
        {
            using var form = new MemoryStream();
            foreach (Part part in All)
            {
                string file = part.Head.FileName is { } name ? $"; filename=\"{name}\"" : "";
                form.Write(Encoding.UTF8.GetBytes($"--b\r\nContent-Disposition: form-data; name=\"{part.Head.Name}\"{file}\r\n\r\n"));
                form.Write(part.Content.WrittenSpan);
                form.Write("\r\n"u8);
            }

            form.Write("--b--\r\n"u8);
            return form.ToArray();
        }
    }
}
