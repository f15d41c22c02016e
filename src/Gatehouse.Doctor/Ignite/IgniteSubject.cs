using System.Collections.Immutable;
using Gatehouse.Doctor.Findings;
using Gatehouse.Doctor.Rules;
using Gatehouse.Doctor.Texts.Compose;

namespace Gatehouse.Doctor.Ignite;

/// <summary>One node of Ignite as it was found, with the cluster's configuration where a file of it was.</summary>
internal sealed class IgniteSubject : Subject
{
    private readonly Dictionary<string, StoreFile> _stores = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public override string System => "ignite";

    /// <inheritdoc/>
    public override IEnumerable<BlindSpot> Blind => new[] { Node, Cluster }.OfType<IgniteFile>().Where(static file => file.Fault is not null)
        .Select(static file => new BlindSpot(file.FaultPlace?.ToString() ?? file.Path, file.Fault!)); // filtered

    /// <inheritdoc/>
    public override IEnumerable<string> Used => [.. new[] { Node, Cluster }.OfType<IgniteFile>().Select(static file => file.Path), .. Account is null ? [] : new[] { Account.Evidence.Place }];

    /// <summary>Whether it is an Ignite 2, into which nothing here looks.</summary>
    public bool IsIgnite2 { get; init; }

    /// <summary>The node's own file, or null where there is none or it is not known.</summary>
    public IgniteFile? Node { get; init; }

    /// <summary>Why there is no node file, as a sentence.</summary>
    public string NodeLack { get; init; } = "no configuration file of a node was given";

    /// <summary>The cluster's configuration, or null where no file of it was given.</summary>
    public IgniteFile? Cluster { get; init; }

    /// <summary>The working folder of the node (<c>--work-dir</c>) as it sees it, or null where it is not known.</summary>
    public string? WorkFolder { get; init; }

    /// <summary>Flags for the Java machine, from its process or the files that start it.</summary>
    public ImmutableArray<JavaFlag> JavaFlags { get; init; } = [];

    /// <summary>Whether flags that are not among them are not set.</summary>
    public bool KnowsJavaFlags { get; init; }

    /// <summary>Who it runs as, or null where that is not known.</summary>
    public Account? Account { get; init; }

    /// <summary>The ports that a compose file publishes of it: nobody else comes to the container's. Null where that does not hold.</summary>
    public ImmutableArray<ComposePort>? Published { get; init; }

    /// <summary>Whether its paths are those of a container that does not run, so that nothing of them but what is mounted can be seen.</summary>
    public bool IsContainer { get; init; }

    /// <summary>The version as far as known.</summary>
    public IgniteRelease? Release => IgniteRelease.Parse(Version);

    /// <summary>The files that can be read.</summary>
    public IEnumerable<IgniteFile> Files
    {
        get
        {
            if (Node is { Fault: null } node)
            {
                yield return node;
            }

            if (Cluster is { Fault: null } cluster)
            {
                yield return cluster;
            }
        }
    }

    /// <summary>Where on this host a path lies that the node names; null where it depends on what is not known.</summary>
    public string? OnHost(string path)
    {
        if (IsContainer)
        {
            return null;
        }

        if (path.StartsWith('/'))
        {
            return (Process?.Root ?? "") + path;
        }

        return Process?.WorkingDirectory is { } folder && folder.StartsWith('/') ? $"{Process.Root}{folder.TrimEnd('/')}/{path}" : null;
    }

    /// <summary>A key or trust store, opened once however many checks ask for it.</summary>
    public StoreFile Store(string path, string? password, string type)
    {
        string key = $"{path}\n{type}\n{password}";
        if (!_stores.TryGetValue(key, out StoreFile? store))
        {
            store = StoreFile.Open(this, path, password, type);
            _stores[key] = store;
        }

        return store;
    }
}

/// <summary>Who a node runs as.</summary>
/// <param name="IsRoot">Whether that is root.</param>
/// <param name="Name">Its name or number.</param>
/// <param name="Evidence">Where that was seen.</param>
internal sealed record Account(bool IsRoot, string Name, Evidence Evidence);
