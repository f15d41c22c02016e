using System.Text;
using Gatehouse.Engine.Configuration.Cluster;
using Gatehouse.Engine.Configuration.Writing;
using Gatehouse.Problems;

namespace Gatehouse.Engine.Configuration;

/// <summary>Writes the first gatehouse.yaml and edits one in place, keeping comments and order.</summary>
internal static class ConfigurationWriter
{
    private const UnixFileMode NewFileMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead;

    /// <summary>A whole commented file that reads back as the same configuration.</summary>
    public static string Write(NodeConfiguration configuration) => ConfigurationText.Of(configuration);

    /// <summary>Adds a gate at the end of <c>gates</c>.</summary>
    /// <exception cref="ProblemException">The text cannot be edited, or has the gate already.</exception>
    public static string AddGate(string text, GateConfiguration gate) => ConfigurationEdit.AddGate(text, gate);

    /// <summary>Changes the listen address of a gate.</summary>
    /// <exception cref="ProblemException">The text cannot be edited, or has no such gate.</exception>
    public static string SetGateListen(string text, string gate, string listen) => ConfigurationEdit.SetGateListen(text, gate, listen);

    /// <summary>Opens or closes a gate.</summary>
    /// <exception cref="ProblemException">The text cannot be edited, or has no such gate.</exception>
    public static string SetGateEnabled(string text, string gate, bool enabled) => ConfigurationEdit.SetGateEnabled(text, gate, enabled);

    /// <summary>Changes the keys of a swarm gate: those accepted, and the one spoken to the upstream.</summary>
    /// <exception cref="ProblemException">The text cannot be edited, or has no such gate in mode <c>relay</c>.</exception>
    public static string SetSwarmKeys(string text, string gate, IReadOnlyList<SecretReference> keys, SecretReference upstreamKey) =>
        ConfigurationEdit.SetSwarmKeys(text, gate, keys, upstreamKey);

    /// <summary>Says where the cluster's state lives; a mapping <c>store</c> that is there is replaced whole.</summary>
    /// <exception cref="ProblemException">The text cannot be edited.</exception>
    public static string SetStore(string text, StoreConfiguration store) => StoreEdit.Set(text, store);

    /// <summary>Replaces a file in one step, keeping its mode (0640 for a new one); it is on disk when this returns.</summary>
    /// <exception cref="ProblemException">The file cannot be written.</exception>
    public static void Replace(string path, string text)
    {
        try
        {
            // A link is kept and what it points to replaced: configuration management links files into place.
            var file = new FileInfo(path);
            string target = file.LinkTarget is null ? file.FullName : file.ResolveLinkTarget(returnFinalTarget: true)!.FullName;
            string temporary = target + ".new";
            UnixFileMode mode = File.Exists(target) ? File.GetUnixFileMode(target) : NewFileMode;
            File.Delete(temporary);
            var options = new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.Write,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            };
            using (var stream = new FileStream(temporary, options))
            {
                stream.Write(Encoding.UTF8.GetBytes(text));
                stream.Flush(flushToDisk: true);

                // Set on the open file: the umask has no say in a mode that is kept.
                File.SetUnixFileMode(stream.SafeFileHandle, mode);
            }

            File.Move(temporary, target, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw ConfigurationProblems.Edit.Exception($"`{path}` cannot be written: {e.Message}", "nothing was changed", e);
        }
    }
}
