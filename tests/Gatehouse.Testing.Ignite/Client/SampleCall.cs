using Gatehouse.Testing.Ignite.Wire;

namespace Gatehouse.Testing.Ignite.Client;

/// <summary>Where samples are sent.</summary>
/// <param name="TableId">The id of <paramref name="Table"/>.</param>
public sealed record SampleWorld(int TableId)
{
    /// <summary>A table with its schema; there has to be one.</summary>
    public string Table { get; init; } = "PUBLIC.ORDERS";

    /// <summary>The node that jobs are sent to.</summary>
    public string NodeName { get; init; } = "node-1";

    public string ClassName { get; init; } = "org.example.EchoJob";

    /// <summary>A class that runs until it is cancelled.</summary>
    public string SleepingClass { get; init; } = "org.example.SleepJob";

    /// <summary>Deployment units that jobs name.</summary>
    public IReadOnlyList<string> Units { get; init; } = ["orders:1.0.0"];

    /// <summary>Rights on the units and the class, which every job and receiver needs.</summary>
    public IReadOnlyList<string> JobRights => [$"compute.execute {ClassName}", .. Units.Select(u => $"compute.unit {u}")];

    internal string Bare => Table[(Table.IndexOf('.', StringComparison.Ordinal) + 1)..];

    internal string Schema => Table[..Table.IndexOf('.', StringComparison.Ordinal)];

    internal JobCall Job => new(ClassName) { Units = Units };
}

/// <summary>One operation that a test can send as it stands.</summary>
/// <param name="Name">What it is, unique.</param>
/// <param name="Opcode">Its operation.</param>
/// <param name="Rights">What the gate asks for, <c>action resource</c> each; none = whoever is signed in.</param>
public sealed record SampleCall(string Name, Op Opcode, params IReadOnlyList<string> Rights)
{
    /// <summary>The features (all of them) that both sides need for it.</summary>
    public FeatureSet Needs { get; init; }

    /// <summary>True where no right is enough: the gate lets nobody do it.</summary>
    public bool IsAlwaysRefused { get; init; }

    /// <summary>Writes the operands.</summary>
    public Action<PackWriter, FeatureSet, Prepared> Operands { get; init; } = (_, _, _) => { };

    /// <summary>Does what has to be done on the same connection first, which needs <see cref="PrepareRights"/>.</summary>
    public Func<ThinClient, Task<Prepared>>? Prepare { get; init; }

    /// <summary>What preparing needs.</summary>
    public IReadOnlyList<string> PrepareRights { get; init; } = [];

    /// <summary>Prepares, sends, and waits for the answer.</summary>
    public async Task<ThinAnswer> RunAsync(ThinClient client) =>
        await SendAsync(client, Prepare is null ? new Prepared() : await Prepare(client));

    /// <summary>Sends what was prepared on this connection, or ids that mean nothing.</summary>
    public Task<ThinAnswer> SendAsync(ThinClient client, Prepared prepared) =>
        client.CallAsync(Opcode, w => Operands(w, client.Mutual, prepared));
}

/// <summary>Ids that an earlier operation of the same connection gave.</summary>
/// <param name="Id">A cursor, a transaction, a JDBC connection, or a request.</param>
/// <param name="Job">A job.</param>
public sealed record Prepared(long Id = 1, Guid Job = default);
