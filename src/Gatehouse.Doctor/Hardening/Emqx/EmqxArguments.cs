using System.Net;
using System.Net.Sockets;
using Gatehouse.Doctor.Texts;
using Gatehouse.Doctor.Texts.Erlang;

namespace Gatehouse.Doctor.Hardening.Emqx;

/// <summary><c>vm.args</c>, the arguments of the Erlang machine: changed in several places, written once.</summary>
internal sealed class EmqxArguments
{
    private readonly PlanDraft _draft;
    private readonly VmArgsFile? _before;
    private VmArgsFile? _after;
    private bool _isMeant;

    private EmqxArguments(PlanDraft draft, VmArgsFile? file)
    {
        _draft = draft;
        _before = file;
        _after = file;
    }

    /// <summary>Where it is, or would be.</summary>
    public string Path => _draft.Beside("vm.args");

    /// <summary>Whether a line more is an argument: there is such a file, and nothing in it makes what follows plain words.</summary>
    public bool TakesMore => _after is not null && !_after.Flags.Any(static flag => flag.Name is "-extra" or "--");

    /// <summary>Reads the one beside the main file.</summary>
    public static EmqxArguments Read(PlanDraft draft)
    {
        string path = draft.Beside("vm.args");
        return new EmqxArguments(draft, draft.Optional(path) is { } bytes ? VmArgsFile.Read(bytes, path) : null);
    }

    /// <summary>A variable that the machine sets at its start, or null.</summary>
    public string? Variable(string name) => _after?.Settings.Find(SettingPath.Of("-env", name)).Text;

    /// <summary>Sets such a variable.</summary>
    public void SetVariable(string name, string value) => Put($"-env.{name}", Literal.Word(value));

    /// <summary>Binds the distribution: before 6.2 there is no setting for it, and an unknown one would keep the node from starting.</summary>
    public void Bind(string address)
    {
        if (_after is null)
        {
            _draft.Warn($"there is no {Path}: the distribution stays on every address, unless -kernel inet_dist_use_interface is given elsewhere");
            return;
        }

        Put("-kernel.inet_dist_use_interface", Literal.Text(Tuple(address)));
    }

    /// <summary>Has the machine call <c>net_kernel:allow/1</c> with names at its start, and with no others.</summary>
    public void Allow(IReadOnlyList<string> names)
    {
        _isMeant = true;
        VmArgsFile file = _after!; // the caller looked
        VmFlag[] there = [.. file.Flags.Where(static flag => flag is { Name: "-s", Values: [{ Value: "net_kernel" }, { Value: "allow" }, ..] })];
        string line = $"-s net_kernel allow {string.Join(' ', names)}";
        if (there is [var only] && only.Values.Skip(2).Select(static word => word.Value).SequenceEqual(names))
        {
            return;
        }

        // More calls would add to what the first one allows.
        IEnumerable<TextEdit> edits = there.Select((flag, i) => i == 0 ? new TextEdit(Whole(flag), line) : new TextEdit(file.SourceText.Lines(Whole(flag)), ""));
        _after = VmArgsFile.Of(file.SourceText.With(there.Length == 0 ? [file.SourceText.AtEnd(line)] : edits));
    }

    /// <summary>Adds it to the plan, where something of it was wished for.</summary>
    public void Plan()
    {
        if (_before is not null && _after is not null && _isMeant)
        {
            _draft.Put(_before, _after);
        }
    }

    private void Put(string path, Literal value)
    {
        _isMeant = true;
        _after = (VmArgsFile)_after!.Put(path, value); // callers looked
    }

    private static TextSpan Whole(VmFlag flag) => TextSpan.Between(flag.Span.Start, flag.Values[^1].Span.End);

    private static string Tuple(string address)
    {
        var ip = IPAddress.Parse(address);
        byte[] bytes = ip.GetAddressBytes();
        IEnumerable<int> parts = ip.AddressFamily == AddressFamily.InterNetwork
            ? bytes.Select(static b => (int)b)
            : Enumerable.Range(0, 8).Select(i => (bytes[2 * i] << 8) | bytes[(2 * i) + 1]);
        return "{" + string.Join(',', parts) + "}";
    }
}
