using Gatehouse.Problems;

namespace Gatehouse.Engine.Configuration;

/// <summary>Writes the first gatehouse.yaml and edits one in place, keeping comments and order.</summary>
internal static class ConfigurationWriter
{
    /// <summary>A whole commented file that reads back as the same configuration.</summary>
    public static string Write(NodeConfiguration configuration) => throw new NotSupportedException();

    /// <summary>Adds a gate at the end of <c>gates</c>.</summary>
    /// <exception cref="ProblemException">The text cannot be edited, or has the gate already.</exception>
    public static string AddGate(string text, GateConfiguration gate) => throw new NotSupportedException();

    /// <summary>Changes the listen address of a gate.</summary>
    /// <exception cref="ProblemException">The text cannot be edited, or has no such gate.</exception>
    public static string SetGateListen(string text, string gate, string listen) => throw new NotSupportedException();

    /// <summary>Opens or closes a gate.</summary>
    /// <exception cref="ProblemException">The text cannot be edited, or has no such gate.</exception>
    public static string SetGateEnabled(string text, string gate, bool enabled) => throw new NotSupportedException();

    /// <summary>Replaces a file in one step, keeping its mode (0640 for a new one); it is on disk when this returns.</summary>
    /// <exception cref="ProblemException">The file cannot be written.</exception>
    public static void Replace(string path, string text) => throw new NotSupportedException();
}
