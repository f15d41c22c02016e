using System.Net;

namespace Gatehouse.Engine.Configuration;

/// <summary>The one way from file to configuration in force: daemon, reload and <c>gatehouse check</c> all go through it.</summary>
internal static class ConfigurationCheck
{
    /// <summary>Reads a file, its mode included, and runs every validator. Never throws for what is wrong with the file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="dataDirectory">The node's data folder.</param>
    /// <param name="host">Facts of this host; null for the real ones.</param>
    public static ConfigurationResult File(string path, string dataDirectory, IHostFacts? host = null) => throw new NotSupportedException();

    /// <summary>Runs every validator on a text that is to be written to <paramref name="path"/>.</summary>
    public static ConfigurationResult Text(string text, string path, string dataDirectory, IHostFacts? host = null) => throw new NotSupportedException();
}

/// <summary>What validators need to know of this host.</summary>
internal interface IHostFacts
{
    /// <summary>All addresses of this host's interfaces, loopback included.</summary>
    IReadOnlyCollection<IPAddress> OwnAddresses { get; }

    /// <summary>The addresses a name resolves to; empty where it does not.</summary>
    IReadOnlyCollection<IPAddress> Resolve(string name);

    /// <summary>Whether a user of this name, or with this uid, exists.</summary>
    bool UserExists(string nameOrUid);
}
