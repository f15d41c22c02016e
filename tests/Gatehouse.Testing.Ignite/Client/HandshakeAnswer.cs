using Gatehouse.Testing.Ignite.Wire;

namespace Gatehouse.Testing.Ignite.Client;

/// <summary>What the server answered to the handshake; with an error everything else is empty.</summary>
public sealed record HandshakeAnswer
{
    public ThinError? Error { get; private init; }

    public (int Major, int Minor, int Patch) Protocol { get; private init; }

    public TimeSpan IdleTimeout { get; private init; }

    public Guid NodeId { get; private init; }

    public string NodeName { get; private init; } = "";

    /// <summary>The cluster's ids, the oldest first.</summary>
    public IReadOnlyList<Guid> ClusterIds { get; private init; } = [];

    public string ClusterName { get; private init; } = "";

    public long Timestamp { get; private init; }

    /// <summary>The product's version, as <c>3.2.0-SNAPSHOT</c>.</summary>
    public string Version { get; private init; } = "";

    public FeatureSet Features { get; private init; }

    /// <summary>Keys of the extensions that the server sent.</summary>
    public IReadOnlyList<string> Extensions { get; private init; } = [];

    /// <summary>Reads the frame's payload; all of it has to be understood.</summary>
    public static HandshakeAnswer Parse(byte[] frame)
    {
        var reader = new PackReader(frame);
        (int, int, int) protocol = (reader.Int(), reader.Int(), reader.Int());
        if (!reader.TakeNil())
        {
            return new HandshakeAnswer { Protocol = protocol, Error = ThinError.Read(reader) };
        }

        var answer = new HandshakeAnswer
        {
            Protocol = protocol,
            IdleTimeout = TimeSpan.FromMilliseconds(reader.Long()),
            NodeId = reader.Uuid(),
            NodeName = reader.Text(),
            ClusterIds = [.. Enumerable.Range(0, reader.Int()).Select(_ => reader.Uuid())],
            ClusterName = reader.Text(),
            Timestamp = reader.Long(),
            Version = ReadVersion(reader),
            Features = FeatureSet.Parse(reader.Bin()),
            Extensions = [.. Enumerable.Range(0, reader.Int()).Select(_ => ReadKey(reader))],
        };
        return reader.IsEnd ? answer : throw new FormatException($"{reader.Rest.Length} bytes after the handshake's answer");
    }

    private static string ReadVersion(PackReader reader)
    {
        string version = $"{reader.Int()}.{reader.Int()}.{reader.Int()}";
        version += reader.LongOrNil() is { } patch ? $".{patch}" : "";
        return version + (reader.TextOrNil() is { } pre ? $"-{pre}" : "");
    }

    private static string ReadKey(PackReader reader)
    {
        string key = reader.Text();
        reader.Skip();
        return key;
    }
}
