using System.Text;
using Gatehouse.Operations;
using Gatehouse.Problems;
using Gatehouse.Protocols.Catalogues;
using Gatehouse.Protocols.Http;

namespace Gatehouse.Protocols.Emqx;

/// <summary>The dashboard and management API of EMQX 5 and 6 as operations of system <c>emqx-api</c>.</summary>
public static class EmqxCatalogue
{
    /// <summary>The system's name.</summary>
    public const string System = "emqx-api";

    /// <summary>What lies below this and no line describes is <see cref="Unknown"/>.</summary>
    private const string Api = "/api/v5";

    private static readonly Lazy<Catalogue> Table = new(Make);

    /// <summary>What EMQX's own versions may add: only grants of every action cover it.</summary>
    public static SystemAction Unknown { get; } = SystemAction.Intern(System, "unknown");

    /// <summary>A login at the dashboard by name and password, which the gate answers itself.</summary>
    public static SystemAction Login { get; } = SystemAction.Intern(System, "login");

    /// <summary>The endpoints that go on to EMQX.</summary>
    public static Catalogue Routes => Table.Value;

    /// <summary>Whether it is the dashboard's login, in its one spelling.</summary>
    public static bool IsLogin(string method, CanonicalTarget target) => method == "POST" && Is(target, "login"u8);

    /// <summary>Whether it ends a login at the dashboard.</summary>
    public static bool IsLogout(string method, CanonicalTarget target) => method == "POST" && Is(target, "logout"u8);

    /// <summary>
    /// Whether the target belongs to EMQX's own logins, by whatever means: an answer of theirs would hold a token that is good
    /// without the gate. SCRAM (<c>/login/challenge</c>), single sign-on (<c>/sso/login/BACKEND</c>, <c>/sso/saml/acs</c>,
    /// <c>/sso/oidc/callback</c>).
    /// </summary>
    public static bool IsOwnLogin(CanonicalTarget target) =>
        IsBelow(target) && (target.Segment(2).SequenceEqual("login"u8) || target.Segment(2).SequenceEqual("logout"u8)
            || (target.SegmentCount > 4 && target.Segment(2).SequenceEqual("sso"u8)) || IsSsoLogin(target));

    /// <summary>Whether a target that no line describes is of the version of the API that the others are of.</summary>
    public static bool MayBeUnknown(CanonicalTarget target) => IsBelow(target) && !target.HasTrailingSlash && !target.HasAnyEncodedSlash;

    /// <summary>Classifies a whole request as a gate does it step by step; for tools.</summary>
    /// <param name="gate">The gate's name.</param>
    /// <param name="method">The method, case-sensitive.</param>
    /// <param name="rawTarget">The request target as it came over the wire.</param>
    /// <param name="contentType">The value of <c>Content-Type</c>, or null.</param>
    /// <param name="body">The body, empty where there is none.</param>
    public static RequestClass Classify(string gate, string method, string rawTarget, string? contentType, ReadOnlySpan<byte> body)
    {
        var target = new CanonicalTarget();
        if (target.Parse(rawTarget) == TargetError.None)
        {
            if (IsLogin(method, target))
            {
                return new RequestClass(RequestOutcome.Operations, [new RequestOperation(Login.Name, [])], null);
            }

            if (IsLogout(method, target))
            {
                return new RequestClass(RequestOutcome.Authenticated, [], null);
            }

            if (IsOwnLogin(target))
            {
                return RequestClass.Refused("upstream_login");
            }
        }

        RequestClass found = Routes.Classify(gate, method, rawTarget, contentType, body);
        return found.Refusal == MatchErrors.Word(MatchError.UnknownPath) && MayBeUnknown(target)
            ? new RequestClass(RequestOutcome.Operations, [new RequestOperation(Unknown.Name, [])], null)
            : found;
    }

    private static bool IsSsoLogin(CanonicalTarget target) =>
        target.SegmentCount == 4 && target.Segment(2).SequenceEqual("sso"u8) && target.Segment(3).SequenceEqual("login"u8);

    private static bool IsBelow(CanonicalTarget target) =>
        target.SegmentCount > 2 && target.Segment(0).SequenceEqual("api"u8) && target.Segment(1).SequenceEqual("v5"u8);

    private static bool Is(CanonicalTarget target, ReadOnlySpan<byte> word) =>
        target.SegmentCount == 3 && !target.HasTrailingSlash && IsBelow(target) && target.Segment(2).SequenceEqual(word);

    private static Catalogue Make()
    {
        var lines = new StringBuilder();
        foreach (string row in Text().Split('\n'))
        {
            lines.AppendLine(ReadRow(row.Split(' ', StringSplitOptions.RemoveEmptyEntries)));
        }

        List<Problem> problems = [];
        return Catalogue.Parse(System, lines.ToString(), "emqx-api.catalogue", problems)
            ?? throw new InvalidOperationException(problems[0].ToString());
    }

    /// <summary>A row with what all rows of its methods have; empty where it is none.</summary>
    private static string ReadRow(string[] columns)
    {
        if (columns.Length < 4 || columns[0].StartsWith('#'))
        {
            return "";
        }

        string path = columns[1].StartsWith('=') ? columns[1][1..] : Api + columns[1];
        string options = string.Join(' ', columns[4..]);
        bool changes = columns[0].Contains('P', StringComparison.Ordinal); // POST, PUT, PATCH
        string body = !changes || options.Contains("body=", StringComparison.Ordinal) ? "" : " body=stream(1MiB)";
        string type = !changes || options.Contains("content-type=", StringComparison.Ordinal) ? "" : " content-type=application/json";
        return $"{columns[0]} {path} {columns[2]} {columns[3]} query=any repeat=any trailing-slash=refuse {options}{body}{type}";
    }

    private static string Text()
    {
        using Stream stream = typeof(EmqxCatalogue).Assembly.GetManifestResourceStream("emqx-api.catalogue")
            ?? throw new InvalidOperationException("the table is not in the assembly");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
