using Gatehouse.Engine.Names;

namespace Gatehouse.Engine.Hosting;

/// <summary>What the command line and the environment say about a node; everything else is in its files.</summary>
internal sealed record NodeOptions
{
    /// <summary>gatehouse.yaml, absolute.</summary>
    public required string ConfigurationFile { get; init; }

    /// <summary>The data folder, absolute.</summary>
    public required string DataDirectory { get; init; }

    /// <summary>The node's own key, or null for the usual place.</summary>
    public string? NodeKeyPath { get; init; }

    /// <summary>Address on which the gates of a first start listen; null: loopback.</summary>
    public string? ListenAddress { get; init; }

    /// <summary>Under a service manager nobody reads the terminal: the first password goes to a file only.</summary>
    public bool IsService { get; init; }

    /// <summary>The node's name on the first start.</summary>
    public string NodeName { get; init; } = Environment.MachineName;

    /// <summary>Who is asked for names in address rules.</summary>
    public INameResolver NameResolver { get; init; } = new SystemNameResolver();

    /// <summary>Called when the node has left its cluster: whoever runs it stops it.</summary>
    public Action? Left { get; init; }

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
