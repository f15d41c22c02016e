using Gatehouse.Engine.Connections;
using Gatehouse.Engine.Gates;
using Microsoft.Extensions.Logging;

namespace Gatehouse.Engine.Mesh;

/// <summary>What all parts of one mesh share.</summary>
internal sealed class MeshContext(GateEnvironment environment, ConnectionRegistry registry, IMeshState state, MeshSettings settings, IMeshNotices? notices = null)
{
    private volatile MeshSettings _settings = settings;

    /// <summary>Name of the mesh in address rules, records and lists of connections.</summary>
    public const string Gate = "mesh";

    /// <summary>Clock, trail, pipeline, owners of sockets.</summary>
    public GateEnvironment Environment { get; } = environment;

    /// <summary>Live connections.</summary>
    public ConnectionRegistry Registry { get; } = registry;

    /// <summary>What the mesh decides on.</summary>
    public IMeshState State { get; } = state;

    /// <summary>Handshakes under way.</summary>
    public HandshakeTurns Handshakes { get; } = new();

    /// <summary>What nodes tell each other, or null.</summary>
    public IMeshNotices? Notices { get; } = notices;

    /// <summary>What it did.</summary>
    public MeshCounters Counters { get; } = new();

    /// <summary>Keys of the secrets.</summary>
    public SecretRing Secrets { get; } = new();

    /// <summary>Where it logs.</summary>
    public ILogger Logger { get; } = environment.Loggers.CreateLogger<MeshContext>();

    /// <summary>The newest settings.</summary>
    public MeshSettings Settings
    {
        get => _settings;
        set => _settings = value;
    }

    /// <summary>The clock.</summary>
    public TimeProvider Time => Environment.Time;

    /// <summary>Unix milliseconds.</summary>
    public long Now => Time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>The service of a name, or null.</summary>
    public MeshServiceModel? FindService(string name)
    {
        foreach (MeshServiceModel service in _settings.Services)
        {
            if (string.Equals(service.Name, name, StringComparison.Ordinal))
            {
                return service;
            }
        }

        return null;
    }
}
