using System.Collections.Immutable;
using Gatehouse.Doctor.Findings;
using Gatehouse.Protocols.Erlang;

namespace Gatehouse.Doctor.Emqx.Reading;

/// <summary>The TLS options of the Erlang distribution, <c>ssl_dist.conf</c>.</summary>
/// <param name="Path">The file as the system sees it.</param>
/// <param name="Options">What it says, or null where it could not be read.</param>
/// <param name="Problem">Why it could not be read, or null.</param>
/// <param name="IsMissing">Whether there is no such file.</param>
/// <param name="IsRefused">Whether it is there and this user may not read it.</param>
internal sealed record DistributionTls(string Path, ImmutableArray<DistributionTls.Option>? Options, string? Problem, bool IsMissing, bool IsRefused)
{
    /// <summary>One option.</summary>
    /// <param name="Side"><c>server</c> or <c>client</c>.</param>
    /// <param name="Name"><c>verify</c>.</param>
    /// <param name="Value">What stands there.</param>
    /// <param name="Evidence">Where.</param>
    internal sealed record Option(string Side, string Name, ErlangTerm Value, Evidence Evidence);

    /// <summary>Reads the file that is in force.</summary>
    public static DistributionTls Of(EmqxSubject emqx)
    {
        string path = emqx.Flags.Find("-ssl_dist_optfile")?.Value ?? emqx.Environment.Find("EMQX_SSL_DIST_OPTFILE")?.Value ?? "${EMQX_ETC_DIR}/ssl_dist.conf";
        string file = emqx.Places.OnHost(path);
        if (EmqxFile.Text(emqx.Host, file, out string? problem, out bool isMissing) is not { } text)
        {
            return new DistributionTls(file, null, problem, isMissing, IsRefused: !isMissing);
        }

        if (!ErlangTerms.TryParse(text, out ImmutableArray<ErlangTerm> terms, out ErlangSyntaxError? error))
        {
            return new DistributionTls(file, null, $"line {error.Line} is no Erlang term: {error.Text}", IsMissing: false, IsRefused: false);
        }

        return terms is [ErlangList sides]
            ? new DistributionTls(file, [.. sides.Items.SelectMany(side => Side(file, side))], null, IsMissing: false, IsRefused: false)
            : new DistributionTls(file, null, "it is not one list of `server` and `client`", IsMissing: false, IsRefused: false);
    }

    /// <summary>An option of a side, or null.</summary>
    public Option? Find(string side, string name) => Options?.LastOrDefault(option => option.Side == side && option.Name == name);

    private static IEnumerable<Option> Side(string file, ErlangTerm term)
    {
        if (term is ErlangTuple { Items: [ErlangAtom side, ErlangList options] })
        {
            foreach (ErlangTerm option in options.Items)
            {
                if (option is ErlangTuple { Items: [ErlangAtom name, { } value] })
                {
                    string shown = value is ErlangAtom atom ? atom.Name : name.Name == "password" ? Rules.Shown.Mask : value.Text ?? "...";
                    yield return new Option(side.Name, name.Name, value, new Evidence(EvidenceKind.File, file, $"{side.Name}.{name.Name}: {shown}", option.Line, option.Column));
                }
            }
        }
    }
}
